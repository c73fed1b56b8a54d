/* The ABI in numbers: where each field is, for hosts that were compiled against it. A failure is a
 * break of every such host. Structs that say their size may grow at their end; the others are as
 * they are for ever. */
#ifndef ZEST_TESTS_CAPI_LAYOUT_H
#define ZEST_TESTS_CAPI_LAYOUT_H

#include <stddef.h>

#define GROWING(type, size, alignment) \
  _Static_assert(sizeof(type) >= (size) && _Alignof(type) == (alignment), #type)
#define FIXED(type, size, alignment) \
  _Static_assert(sizeof(type) == (size) && _Alignof(type) == (alignment), #type)
#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)

/* What an INIT sets is the size. */
#define CHECK_INIT(type, init) \
  do { \
    const type initial = init; \
    CHECK(initial.struct_size == sizeof(type)); \
  } while (0)

#endif
