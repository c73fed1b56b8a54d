/* The ABI of zest/tunnel.h in numbers: see layout.h. */
#include <zest/tunnel.h>

#include "check.h"
#include "layout.h"

GROWING(zest_tunnel_settings, 32, 4);
AT(zest_tunnel_settings, struct_size, 0);
AT(zest_tunnel_settings, flags, 4);
AT(zest_tunnel_settings, threads, 8);
AT(zest_tunnel_settings, tunnels, 12);
AT(zest_tunnel_settings, buffers, 16);
AT(zest_tunnel_settings, buffer_size, 20);
AT(zest_tunnel_settings, backend, 24);
AT(zest_tunnel_settings, reserved, 28);

GROWING(zest_tunnel_options, 64, 8);
AT(zest_tunnel_options, struct_size, 0);
AT(zest_tunnel_options, flags, 4);
AT(zest_tunnel_options, context, 8);
AT(zest_tunnel_options, engine, 16);
AT(zest_tunnel_options, idle_timeout_ms, 20);
AT(zest_tunnel_options, total_timeout_ms, 24);
AT(zest_tunnel_options, end_timeout_ms, 28);
AT(zest_tunnel_options, preread_a, 32);
AT(zest_tunnel_options, preread_a_size, 40);
AT(zest_tunnel_options, preread_b, 48);
AT(zest_tunnel_options, preread_b_size, 56);

GROWING(zest_tunnel_end, 64, 8);
AT(zest_tunnel_end, struct_size, 0);
AT(zest_tunnel_end, end, 4);
AT(zest_tunnel_end, id, 8);
AT(zest_tunnel_end, context, 16);
AT(zest_tunnel_end, bytes_a_to_b, 24);
AT(zest_tunnel_end, bytes_b_to_a, 32);
AT(zest_tunnel_end, began_ns, 40);
AT(zest_tunnel_end, duration_ns, 48);
AT(zest_tunnel_end, os_errno, 56);
AT(zest_tunnel_end, reserved, 60);

GROWING(zest_tunnel_receipt, 32, 8);
AT(zest_tunnel_receipt, struct_size, 0);
AT(zest_tunnel_receipt, complete, 4);
AT(zest_tunnel_receipt, finished, 8);
AT(zest_tunnel_receipt, cut, 16);
AT(zest_tunnel_receipt, duration_ns, 24);

GROWING(zest_tunnel_stats, 400, 8);
AT(zest_tunnel_stats, struct_size, 0);
AT(zest_tunnel_stats, threads, 4);
AT(zest_tunnel_stats, backend, 8);
AT(zest_tunnel_stats, sockmap, 12);
AT(zest_tunnel_stats, open, 16);
AT(zest_tunnel_stats, waiting, 24);
AT(zest_tunnel_stats, joined, 32);
AT(zest_tunnel_stats, refused, 40);
AT(zest_tunnel_stats, shed, 48);
AT(zest_tunnel_stats, ends, 56);
AT(zest_tunnel_stats, bytes_a_to_b, 128);
AT(zest_tunnel_stats, bytes_b_to_a, 136);
AT(zest_tunnel_stats, note, 144);

static void the_initialisers_set_the_size(void) {
  const zest_tunnel_settings settings = ZEST_TUNNEL_SETTINGS_INIT;
  const zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  const zest_tunnel_end end = ZEST_TUNNEL_END_INIT;
  const zest_tunnel_receipt receipt = ZEST_TUNNEL_RECEIPT_INIT;
  const zest_tunnel_stats stats = ZEST_TUNNEL_STATS_INIT;
  CHECK(settings.struct_size == sizeof settings && options.struct_size == sizeof options);
  CHECK(end.struct_size == sizeof end && receipt.struct_size == sizeof receipt);
  CHECK(stats.struct_size == sizeof stats);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
