#include "upstream_support.h"

#include <poll.h>
#include <stdio.h>

#include "check.h"

enum { patience_ms = 10000 };

zest_upstream_config config_with(struct places* places, const uint16_t* ports, size_t count) {
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  REQUIRE(count <= addresses_max);
  for (size_t i = 0; i < count; ++i) {
    snprintf(places->texts[i], address_size, "127.0.0.1:%u", ports[i]);
    places->addresses[i] = places->texts[i];
  }
  config.addresses = places->addresses;
  config.address_count = count;
  return config;
}

zest_upstream* start_upstream(uint16_t port) {
  struct places places;
  const zest_upstream_config config = config_with(&places, &port, 1);
  zest_upstream* upstream = NULL;
  zest_error error;
  CHECK_STATUS(ZEST_OK, zest_upstream_new(&config, &upstream, &error));
  REQUIRE(upstream != NULL);
  return upstream;
}

void stop_upstream(zest_upstream* upstream) {
  CHECK_STATUS(ZEST_OK, zest_upstream_free(&upstream));
  CHECK(upstream == NULL);
}

zest_status settle_link(zest_link* link, zest_status status, zest_link_state* state,
                        zest_error* error) {
  while (status == ZEST_WANT_WRITE || status == ZEST_WANT_READ) {
    struct pollfd polled = {.fd = state->fd, .events = POLLOUT};
    if (status == ZEST_WANT_READ) polled.events = POLLIN;
    (void)poll(&polled, 1, patience_ms);
    status = zest_link_go_on(link, state, error);
  }
  return status;
}

zest_link* connected_link(const zest_upstream* upstream, zest_link_state* state) {
  zest_link* link = NULL;
  zest_error error;
  const zest_status begun = zest_upstream_take(upstream, NULL, &link, state, &error);
  CHECK_STATUS(ZEST_OK, settle_link(link, begun, state, &error));
  REQUIRE(link != NULL && state->fd >= 0);
  return link;
}

zest_peer peer_at(const zest_upstream* upstream, size_t index) {
  zest_peer peer = ZEST_PEER_INIT;
  CHECK_STATUS(ZEST_OK, zest_upstream_peer_get(upstream, index, &peer));
  return peer;
}
