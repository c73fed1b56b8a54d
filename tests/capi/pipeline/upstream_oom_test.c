/* Requests through zest/upstream.h, each time with another fallible call failing. Only statuses: no
 * crash, no leak, and every origin's count of requests under way is zero in the end. */
#include <string.h>

#include "proxy_support.h"
#include "torture.h"
#include "upstream_support.h"

static struct origin origins[2];

static void request(const zest_upstream* upstream, const zest_take* how) {
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = NULL;
  zest_error error;
  zest_status status = zest_upstream_take(upstream, how, &link, &state, &error);
  CHECK((link != NULL) == (status < ZEST_NULL_ARGUMENT));
  if (!link) {
    CHECK(is_failure(status) && error.code == status && error.message[0] != 0);
    return;
  }
  status = settle_link(link, status, &state, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  if (status == ZEST_OK) status = zest_link_retry(link, NULL, &state, &error);
  status = settle_link(link, status, &state, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  status = zest_link_give_back(&link, status == ZEST_OK, NULL);
  CHECK_STATUS(ZEST_OK, status);
}

static void use(const zest_upstream* upstream) {
  zest_take fresh = ZEST_TAKE_INIT;
  fresh.flags = ZEST_TAKE_FRESH;
  request(upstream, NULL);
  request(upstream, NULL);
  request(upstream, &fresh);
  zest_tend next;
  CHECK_STATUS(ZEST_OK, zest_upstream_tend(upstream, &next));
  for (size_t i = 0; i < 2; ++i) {
    const zest_peer peer = peer_at(upstream, i);
    CHECK(peer.active == 0);
  }
}

static void live(const zest_upstream_config* config) {
  zest_upstream* upstream = NULL;
  zest_error error;
  const zest_status status = zest_upstream_new(config, &upstream, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  CHECK((status == ZEST_OK) == (upstream != NULL));
  if (!upstream) return;
  use(upstream);
  stop_upstream(upstream);
}

static void live_by_fields(void) {
  const uint16_t ports[2] = {origins[0].port, origins[1].port};
  struct places places;
  const zest_upstream_config config = config_with(&places, ports, 2);
  live(&config);
}

static void live_by_text(void) {
  char text[256];
  snprintf(text, sizeof text, "addrs = [\"127.0.0.1:%u\", \"127.0.0.1:%u\"]\n", origins[0].port,
           origins[1].port);
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  live(&config);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  for (int i = 0; i < 2; ++i) start_origin(&origins[i]);
  TORTURE(live_by_fields);
  TORTURE(live_by_text);
  for (int i = 0; i < 2; ++i) stop_origin(&origins[i]);
  return check_end();
}
