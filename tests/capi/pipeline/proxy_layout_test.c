/* The ABI of zest/proxy.h in numbers: see layout.h. */
#include <zest/proxy.h>

#include "check.h"
#include "layout.h"

GROWING(zest_proxy_record, 400, 8);
AT(zest_proxy_record, struct_size, 0);
AT(zest_proxy_record, listener, 4);
AT(zest_proxy_record, began_ns, 8);
AT(zest_proxy_record, duration_ns, 16);
AT(zest_proxy_record, first_byte_ns, 24);
AT(zest_proxy_record, bytes_in, 32);
AT(zest_proxy_record, bytes_out, 40);
AT(zest_proxy_record, method, 48);
AT(zest_proxy_record, target, 56);
AT(zest_proxy_record, host, 64);
AT(zest_proxy_record, upstream, 72);
AT(zest_proxy_record, method_size, 80);
AT(zest_proxy_record, target_size, 84);
AT(zest_proxy_record, host_size, 88);
AT(zest_proxy_record, upstream_size, 92);
AT(zest_proxy_record, status, 96);
AT(zest_proxy_record, minor, 98);
AT(zest_proxy_record, reused, 99);
AT(zest_proxy_record, cut, 100);
AT(zest_proxy_record, reserved, 101);
AT(zest_proxy_record, timeout, 104);
AT(zest_proxy_record, limit, 112);
AT(zest_proxy_record, why, 120);
AT(zest_proxy_record, client, 128);
AT(zest_proxy_record, origin, 264);

GROWING(zest_proxy_config, 64, 8);
AT(zest_proxy_config, struct_size, 0);
AT(zest_proxy_config, reserved, 4);
AT(zest_proxy_config, text, 8);
AT(zest_proxy_config, text_size, 16);
AT(zest_proxy_config, name, 24);
AT(zest_proxy_config, path, 32);
AT(zest_proxy_config, log, 40);
AT(zest_proxy_config, log_context, 48);
AT(zest_proxy_config, hooks, 56);

FIXED(zest_proxy_text, 24, 8);
AT(zest_proxy_text, bytes, 0);
AT(zest_proxy_text, size, 8);
AT(zest_proxy_text, needed, 16);

GROWING(zest_proxy_receipt, 48, 8);
AT(zest_proxy_receipt, struct_size, 0);
AT(zest_proxy_receipt, complete, 4);
AT(zest_proxy_receipt, finished, 8);
AT(zest_proxy_receipt, closed_idle, 16);
AT(zest_proxy_receipt, tunnels, 24);
AT(zest_proxy_receipt, forced, 32);
AT(zest_proxy_receipt, duration_ns, 40);

GROWING(zest_proxy_stats, 280, 8);
AT(zest_proxy_stats, struct_size, 0);
AT(zest_proxy_stats, workers, 4);
AT(zest_proxy_stats, connections, 8);
AT(zest_proxy_stats, active, 16);
AT(zest_proxy_stats, idle_links, 24);
AT(zest_proxy_stats, tunnels_open, 32);
AT(zest_proxy_stats, buffers, 40);
AT(zest_proxy_stats, buffers_free, 48);
AT(zest_proxy_stats, accept_queue, 56);
AT(zest_proxy_stats, connections_accepted, 64);
AT(zest_proxy_stats, connections_closed, 72);
AT(zest_proxy_stats, connections_reset, 80);
AT(zest_proxy_stats, requests, 88);
AT(zest_proxy_stats, answers, 96);
AT(zest_proxy_stats, bytes_from_clients, 144);
AT(zest_proxy_stats, bytes_to_clients, 152);
AT(zest_proxy_stats, bytes_from_origins, 160);
AT(zest_proxy_stats, bytes_to_origins, 168);
AT(zest_proxy_stats, timeouts, 176);
AT(zest_proxy_stats, limits, 184);
AT(zest_proxy_stats, upstream_connects, 192);
AT(zest_proxy_stats, upstream_connect_failures, 200);
AT(zest_proxy_stats, upstream_reused, 208);
AT(zest_proxy_stats, upstream_retries, 216);
AT(zest_proxy_stats, accept_errors, 224);
AT(zest_proxy_stats, tunnels, 232);
AT(zest_proxy_stats, handshakes, 240);
AT(zest_proxy_stats, handshakes_failed, 248);
AT(zest_proxy_stats, hooked, 256);
AT(zest_proxy_stats, hooks_waiting, 264);
AT(zest_proxy_stats, connections_given, 272);

GROWING(zest_proxy_listener, 408, 4);
AT(zest_proxy_listener, struct_size, 0);
AT(zest_proxy_listener, sockets, 4);
AT(zest_proxy_listener, backlog_effective, 8);
AT(zest_proxy_listener, encrypted, 12);
AT(zest_proxy_listener, address, 16);
AT(zest_proxy_listener, note, 152);

static void the_initialisers_set_the_size(void) {
  const zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  const zest_proxy_receipt receipt = ZEST_PROXY_RECEIPT_INIT;
  const zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  const zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  CHECK(config.struct_size == sizeof config && receipt.struct_size == sizeof receipt);
  CHECK(stats.struct_size == sizeof stats && listener.struct_size == sizeof listener);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
