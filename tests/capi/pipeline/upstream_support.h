/* What the tests of zest/upstream.h share: an upstream and a connected link in one line each. */
#ifndef ZEST_TESTS_CAPI_UPSTREAM_SUPPORT_H
#define ZEST_TESTS_CAPI_UPSTREAM_SUPPORT_H

#include <zest/upstream.h>

enum { addresses_max = 4, address_size = 64 };

/* Room for the addresses of a config, which points into it. */
struct places {
  char texts[addresses_max][address_size];
  const char* addresses[addresses_max];
};
zest_upstream_config config_with(struct places* places, const uint16_t* ports, size_t count);

/* Must succeed. */
zest_upstream* start_upstream(uint16_t port);
void stop_upstream(zest_upstream* upstream);

/* A host's loop for one link: waits as told, until it is decided. */
zest_status settle_link(zest_link* link, zest_status status, zest_link_state* state,
                        zest_error* error);
/* A connected link, which must come of it. */
zest_link* connected_link(const zest_upstream* upstream, zest_link_state* state);
zest_peer peer_at(const zest_upstream* upstream, size_t index);

#endif
