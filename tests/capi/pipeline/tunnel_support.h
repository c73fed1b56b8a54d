/* What the tests of zest/tunnel.h share: a service in one line, far ends, and talk over them. */
#ifndef ZEST_TESTS_CAPI_TUNNEL_SUPPORT_H
#define ZEST_TESTS_CAPI_TUNNEL_SUPPORT_H

#include <zest/tunnel.h>

/* One thread, few buffers. Must succeed. */
zest_tunnel_settings small_settings(void);
zest_tunnel_service* start_tunnels(const zest_tunnel_settings* settings);
void stop_tunnels(zest_tunnel_service* service);

/* A tunnel with its far ends, which are the test's. */
struct far_ends {
  int a;
  int b;
  uint64_t id;
};
struct far_ends join(const zest_tunnel_service* service, const zest_tunnel_options* options);
/* The same; its status may be any. Both near ends are gone afterwards. */
zest_status try_join(const zest_tunnel_service* service, const zest_tunnel_options* options,
                     struct far_ends* ends);
void close_ends(const struct far_ends* ends);

/* Waits for the one end that is to come. */
zest_tunnel_end take_end(const zest_tunnel_service* service);

/* Says size bytes at one end and hears them at the other; 1 if they were those. Then ends it. */
int passes(int from, int to, size_t size);
/* Both ways at once. */
int passes_both_ways(const struct far_ends* ends, size_t size);
/* Nothing more comes: an end, or a reset. */
int is_over(int fd);

zest_tunnel_stats tunnel_stats(const zest_tunnel_service* service);

#endif
