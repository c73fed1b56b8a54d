#include "every_call.h"

#include <string.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

enum { out_size = 4096 };

/* Where any out parameter of any call goes, and what it was before. */
union outs {
  zest_connection connection;
  zest_service_stats stats;
  zest_shard_stats shard_stats;
  zest_receipt receipt;
  uint32_t count;
  int32_t fd;
  unsigned char bytes[out_size];
};

int is_take(int call) { return call <= call_shard_next_batch; }

int of_a_shard(int call) {
  return call == call_shard_next || call == call_shard_next_batch || call == call_shard_set_load ||
         call == call_shard_event_fd || call == call_shard_stats_get;
}

int of_mode(int call) {
  return call == call_next || call == call_next_batch || call == call_service_event_fd ? 0 : -1;
}

static uint32_t size_of_out(int call) {
  switch (call) {
    case call_stats: return sizeof(zest_service_stats);
    case call_shard_stats_get: return sizeof(zest_shard_stats);
    case call_shutdown: return sizeof(zest_receipt);
    default: return sizeof(zest_connection);
  }
}

static int has_struct(int call) {
  return is_take(call) || call == call_stats || call == call_shard_stats_get ||
         call == call_shutdown;
}

static zest_status make(const zest_service* service, int call, uint32_t shard, union outs* out,
                        size_t* count) {
  switch (call) {
    case call_next: return zest_next(service, &out->connection, 0);
    case call_next_batch: return zest_next_batch(service, &out->connection, 1, count, 0);
    case call_shard_next: return zest_shard_next(service, shard, &out->connection, 0);
    case call_shard_next_batch:
      return zest_shard_next_batch(service, shard, &out->connection, 1, count, 0);
    case call_shard_count: return zest_shard_count(service, &out->count);
    case call_shard_set_load: return zest_shard_set_load(service, shard, 5);
    case call_service_event_fd: return zest_service_event_fd(service, &out->fd);
    case call_shard_event_fd: return zest_shard_event_fd(service, shard, &out->fd);
    case call_shutdown: return zest_shutdown(service, 1000, &out->receipt);
    case call_stats: return zest_stats(service, &out->stats);
    case call_shard_stats_get: return zest_shard_stats_get(service, shard, &out->shard_stats);
    default: return ZEST_INTERNAL;
  }
}

static void spoil(union outs* out, int call) {
  memset(out, 0x5a, sizeof *out);
  if (has_struct(call)) out->connection.struct_size = size_of_out(call); /* all begin with it */
}

zest_status call_service(const zest_service* service, int call, uint32_t shard) {
  union outs out;
  size_t count = 0;
  spoil(&out, call);
  return make(service, call, shard, &out, &count);
}

void call_service_expecting(zest_status expected, const zest_service* service, int call,
                            uint32_t shard) {
  union outs out;
  union outs before;
  size_t count = 77;
  spoil(&out, call);
  memcpy(&before, &out, sizeof out);
  const zest_status got = make(service, call, shard, &out, &count);
  CHECK_STATUS(expected, got);
  if (expected != got) printf("  call %d\n", call);
  if (got == ZEST_OK) return;
  CHECK(count == 77);
  CHECK(memcmp(&before, &out, sizeof out) == 0);
}

zest_status call_in_other_thread(void* argument) {
  const struct in_other_thread* other = argument;
  return call_service(other->service, other->call, 0);
}

void sized_calls_expect(zest_status expected, const zest_service* threads,
                        const zest_service* shards, int delta) {
  for (int call = 0; call < service_calls; ++call) {
    if (!has_struct(call) || call == call_shutdown) continue;
    union outs out;
    size_t count = 0;
    spoil(&out, call);
    out.connection.struct_size += (uint32_t)delta;
    const zest_service* service = of_a_shard(call) ? shards : threads;
    const zest_status got = make(service, call, 0, &out, &count);
    const zest_status good = is_take(call) ? ZEST_TIMED_OUT : ZEST_OK;
    CHECK_STATUS(expected == ZEST_OK ? good : expected, got);
  }
  if (expected == ZEST_OK) return;
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  receipt.struct_size += (uint32_t)delta;
  CHECK_STATUS(expected, zest_shutdown(threads, 0, &receipt));
  CHECK_STATUS(expected, zest_shutdown(shards, 0, &receipt));
}
