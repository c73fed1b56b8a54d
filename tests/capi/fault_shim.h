/* The engine's fault injector (src/sys/fault.h) for C: the n-th fallible call from now on fails. */
#ifndef ZEST_TESTS_CAPI_FAULT_SHIM_H
#define ZEST_TESTS_CAPI_FAULT_SHIM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void fault_arm(uint64_t n, uint32_t variant); /* 0: none fails */
const char* fault_fired(void);                /* what was made to fail, or NULL */
uint32_t fault_variants(void);                /* in how many ways it can fail */
int fault_leaks(void);                        /* LeakSanitizer has found some by now */

/* The n-th allocation from now on that this thread makes inside the engine throws what nobody there
 * expects: a defect. 0: none does. */
void fault_throw(uint64_t n);
int fault_thrown(void);

#ifdef __cplusplus
}
#endif

#endif
