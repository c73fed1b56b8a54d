/* What the tests of zest/hook.h share: a proxy that asks its host, and clients that ask it. */
#ifndef ZEST_TESTS_CAPI_HOOK_SUPPORT_H
#define ZEST_TESTS_CAPI_HOOK_SUPPORT_H

#include <zest/hook.h>

#include "proxy_support.h"

/* A proxy whose every request is the host's, as hook "gate" before upstream "app"; top, more:
 * further lines of the file, and of that route. hooks may be NULL. */
void write_hooked(char* text, uint16_t origin_port, const char* top, const char* more);
zest_proxy* start_hooked(uint16_t origin_port, const char* more, const zest_proxy_hooks* hooks);

/* A request on a new connection, not waited for; and the whole of what came back until the answer's
 * body is this one: 1 if it did. */
int begin_request(const zest_proxy* proxy, const char* request);
int answered_with(int fd, int status, const char* body);

/* The next request; must come. */
zest_hook_event take_request(const zest_proxy* proxy);
zest_hook_answer answer_of(const char* body);

#endif
