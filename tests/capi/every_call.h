/* The calls that take a zest_service, by number, so that each can be made with each kind of misuse.
 */
#ifndef ZEST_TESTS_CAPI_EVERY_CALL_H
#define ZEST_TESTS_CAPI_EVERY_CALL_H

#include <zest/zest.h>

enum {
  call_next,
  call_next_batch,
  call_shard_next,
  call_shard_next_batch,
  call_shard_count,
  call_shard_set_load,
  call_service_event_fd,
  call_shard_event_fd,
  call_shutdown,
  call_stats,
  call_shard_stats_get,
  service_calls
};

int is_take(int call);
int of_a_shard(int call);
int of_mode(int call); /* 0: threads only, 1: shards only, -1: both */

/* With sound arguments and without a wait. */
zest_status call_service(const zest_service* service, int call, uint32_t shard);

/* The same; sees that nothing is written unless that is the promise. */
void call_service_expecting(zest_status expected, const zest_service* service, int call,
                            uint32_t shard);

struct in_other_thread {
  const zest_service* service;
  int call;
};
zest_status call_in_other_thread(void* in_other_thread);

/* Each call with an out struct, whose struct_size is off by this. ZEST_OK: it is none of the size's
 * statuses. */
void sized_calls_expect(zest_status expected, const zest_service* threads,
                        const zest_service* shards, int delta);

#endif
