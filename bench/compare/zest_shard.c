/* zest_shard: a host with a thread per core. Each thread drives its own shard: accept and work
 * happen in zest_shard_next_batch's caller, nothing changes threads. */
#include "zest_host.h"

static server_options options;
static zest_service *service;

static void *shard_run(void *argument) {
  lane *lane = argument;
  batch b;
  batch_init(&b);
  zest_status status;
  while ((status = zest_shard_next_batch(service, lane->shard, b.items, BATCH, &b.count, -1)) ==
         ZEST_OK) {
    for (size_t i = 0; i < b.count; i++) connection_serve(b.items[i].fd, options.work, lane);
  }
  taker_end(status);
  return NULL;
}

int main(int argc, char **argv) {
  options = options_parse(argc, argv);
  service = service_start(&options, ZEST_SHARDS);
  for (uint32_t i = 0; i < options.threads; i++) {
    lanes[i].shard = i;
    taker_begin();
  }
  lanes_start(&options, shard_run);
  main_wait();
  service_stop(&service);
  return 0;
}
