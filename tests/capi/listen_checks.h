/* What zest_listen is to say to bad input. */
#ifndef ZEST_TESTS_CAPI_LISTEN_CHECKS_H
#define ZEST_TESTS_CAPI_LISTEN_CHECKS_H

#include <zest/zest.h>

zest_listener_config listener(uint64_t id, const char* address);
zest_listener_config adopting(uint64_t id, int fd);

/* Refused before anything is tried, with these words: no service, and no report. */
void refused(zest_status expected, const zest_listener_config* configs, size_t count,
             const zest_settings* settings, const char* words);

/* Tried in vain with listener 42: the report has a row that says the same as the error. */
void failed(zest_status expected, int os_errno, const zest_listener_config* config,
            const char* cause, const char* cure);

#endif
