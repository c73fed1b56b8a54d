/* Every call of zest/upstream.h with NULL, with structs of every size, with values that are none,
 * and from a forked child: a status, nothing written, no fd left. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "struct_sizes.h"
#include "support.h"
#include "upstream_support.h"

static const zest_status null = ZEST_NULL_ARGUMENT;

static void null_is_a_status(void) {
  zest_upstream* upstream = NULL;
  zest_link* link = NULL;
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_peer peer = ZEST_PEER_INIT;
  zest_error error;
  size_t count = 0;
  int32_t fd = 0;
  CHECK_STATUS(null, zest_upstream_new(NULL, &upstream, &error));
  CHECK_CONTAINS(error.message, "config must not be NULL");
  const zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  CHECK_STATUS(null, zest_upstream_new(&config, NULL, NULL));
  CHECK_STATUS(null, zest_upstream_free(NULL));
  CHECK_STATUS(ZEST_OK, zest_upstream_free(&upstream));
  CHECK_STATUS(null, zest_upstream_take(NULL, NULL, &link, &state, &error));
  CHECK(error.code == null);
  CHECK_CONTAINS(error.message, "upstream must not be NULL");
  CHECK_STATUS(null, zest_upstream_tend(NULL, NULL));
  CHECK_STATUS(null, zest_upstream_peer_count(NULL, &count));
  CHECK_STATUS(null, zest_upstream_peer_get(NULL, 0, &peer));
  CHECK_STATUS(null, zest_link_go_on(NULL, &state, &error));
  CHECK_CONTAINS(error.message, "link must not be NULL");
  CHECK_STATUS(null, zest_link_retry(NULL, NULL, &state, NULL));
  CHECK_STATUS(null, zest_link_release_fd(NULL, &fd));
  CHECK_STATUS(null, zest_link_give_back(NULL, 1, NULL));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
}

static void null_beside_a_sound_handle_is_a_status(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = NULL;
  CHECK_STATUS(null, zest_upstream_take(upstream, NULL, NULL, &state, NULL));
  CHECK_STATUS(null, zest_upstream_take(upstream, NULL, &link, NULL, NULL));
  CHECK_STATUS(null, zest_upstream_peer_count(upstream, NULL));
  CHECK_STATUS(null, zest_upstream_peer_get(upstream, 0, NULL));
  CHECK(link == NULL);
  link = connected_link(upstream, &state);
  CHECK_STATUS(null, zest_link_go_on(link, NULL, NULL));
  CHECK_STATUS(null, zest_link_retry(link, NULL, NULL, NULL));
  CHECK_STATUS(null, zest_link_release_fd(link, NULL));
  CHECK_STATUS(ZEST_OK, zest_link_go_on(link, &state, NULL)); /* decided: says it again */
  CHECK(state.requests == 1 && is_open(state.fd));
  zest_peer peer = ZEST_PEER_INIT;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_upstream_peer_get(upstream, 1, &peer));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_upstream_peer_get(upstream, SIZE_MAX, &peer));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 0, NULL));
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void refused(zest_upstream_config config, zest_status expected, const char* words) {
  zest_upstream* upstream = (zest_upstream*)&config; /* must stay */
  zest_error error;
  CHECK_STATUS(expected, zest_upstream_new(&config, &upstream, &error));
  CHECK(error.code == expected && upstream == (zest_upstream*)&config);
  CHECK_CONTAINS(error.message, words);
}

static void refused_text(const char* text, zest_status expected, const char* words) {
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  refused(config, expected, words);
}

static void texts_that_are_none(void) {
  refused_text("", ZEST_INVALID_ARGUMENT, "upstream:1:1: the upstream has no addrs");
  refused_text("= nonsense", ZEST_INVALID_ARGUMENT, "upstream:1:");
  refused_text("\xff\xfe", ZEST_INVALID_ARGUMENT, "upstream:1:");
  refused_text("addrs = [\"127.0.0.1\"]", ZEST_INVALID_ARGUMENT, "addrs");
  refused_text("addrs = [\"127.0.0.1:1\"]\ntls = { verify = false }", ZEST_UNSUPPORTED, "tls");
  refused_text("addrs = [\"127.0.0.1:1\"]\nsend_proxy = \"v2\"", ZEST_UNSUPPORTED, "send_proxy");
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.text = "";
  config.text_size = (1 << 20) + 1;
  refused(config, ZEST_INVALID_ARGUMENT, "1048577 bytes");
}

static void fields_that_are_none(void) {
  const uint16_t port = 9;
  struct places places;
  const zest_upstream_config good = config_with(&places, &port, 1);
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  refused(config, ZEST_INVALID_ARGUMENT, "either text alone or addresses");
  config.text = "addrs = [\"127.0.0.1:1\"]";
  config.pool_size = 1;
  refused(config, ZEST_INVALID_ARGUMENT, "either text alone or addresses");
  config = good;
  config.text = "";
  refused(config, ZEST_INVALID_ARGUMENT, "either text alone or addresses");
  config = good;
  config.addresses = NULL;
  refused(config, null, "addresses must not be NULL");
  config = good;
  config.address_count = 4097;
  refused(config, ZEST_INVALID_ARGUMENT, "4097 addresses");
  config = good;
  config.flags = 4;
  refused(config, ZEST_UNSUPPORTED, "flags");
  config = good;
  config.strategy = 2;
  refused(config, ZEST_UNSUPPORTED, "strategy 2");
  config = good;
  config.pool_size = 65537;
  refused(config, ZEST_INVALID_ARGUMENT, "pool_size is 65537, at most 65536");
  config = good;
  config.connect_timeout_ms = UINT32_MAX;
  refused(config, ZEST_INVALID_ARGUMENT, "connect_timeout_ms");
  config = good;
  config.reserved = 1;
  refused(config, ZEST_UNSUPPORTED, "reserved");
}

static void addresses_that_are_none(void) {
  static const char* const addresses[] = {
      "",    "127.0.0.1",    "127.0.0.1:0",         "0.0.0.0:80",
      ":80", "localhost:80", "https://127.0.0.1:1", "unix:"};
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.address_count = 1;
  for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; ++i) {
    config.addresses = &addresses[i];
    refused(config, ZEST_BAD_ADDRESS, "addresses[0]: ");
  }
  static const char* const missing[] = {"127.0.0.1:1", NULL};
  config.addresses = missing;
  config.address_count = 2;
  refused(config, null, "addresses[1] is NULL");
}

struct sound {
  zest_upstream* upstream;
  zest_link* link;
};

static zest_status get_peer(void* sound, void* peer) {
  return zest_upstream_peer_get(((struct sound*)sound)->upstream, 0, peer);
}

/* Where the size is good there is a link, whatever is to be waited for. */
static zest_status take_link(void* sound, const zest_take* how, zest_link_state* state) {
  zest_link* link = NULL;
  const zest_status status =
      zest_upstream_take(((struct sound*)sound)->upstream, how, &link, state, NULL);
  CHECK((link != NULL) == (status != ZEST_UNSUPPORTED));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 0, NULL));
  return status;
}

static zest_status take_into(void* sound, void* state) { return take_link(sound, NULL, state); }

static zest_status take_by(void* sound, void* how) {
  zest_link_state state = ZEST_LINK_STATE_INIT;
  return take_link(sound, how, &state);
}

static zest_status go_on_into(void* sound, void* state) {
  return zest_link_go_on(((struct sound*)sound)->link, state, NULL);
}

static zest_status retry_by(void* sound, void* how) {
  zest_link_state state = ZEST_LINK_STATE_INIT;
  return zest_link_retry(((struct sound*)sound)->link, how, &state, NULL);
}

static zest_status create_by(void* sound, void* config) {
  (void)sound;
  zest_upstream* upstream = NULL;
  const zest_status status = zest_upstream_new(config, &upstream, NULL);
  CHECK_STATUS(ZEST_OK, zest_upstream_free(&upstream));
  return status;
}

static zest_status give_back_with(void* sound, void* outcome) {
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(((struct sound*)sound)->upstream, &state);
  const zest_status status = zest_link_give_back(&link, 1, outcome);
  CHECK((link == NULL) == (status == ZEST_OK));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  return status;
}

static void check_sizes(struct sound* sound) {
  const zest_take take = ZEST_TAKE_INIT;
  const zest_outcome outcome = ZEST_OUTCOME_INIT;
  const uint16_t port = 9;
  struct places places;
  const zest_upstream_config config = config_with(&places, &port, 1);
  const size_t state_size = sizeof(zest_link_state);
  check_sizes_of_out(&(struct sized){get_peer, sound, sizeof(zest_peer), 8});
  check_sizes_of_out(&(struct sized){take_into, sound, state_size, 8});
  check_sizes_of_out(&(struct sized){go_on_into, sound, state_size, 8});
  check_sizes_of_in(&(struct sized){take_by, sound, sizeof take, 4}, &take);
  check_sizes_of_in(&(struct sized){create_by, NULL, sizeof config, 8}, &config);
  check_sizes_of_in(&(struct sized){give_back_with, sound, sizeof outcome, 8}, &outcome);
  check_sizes_of_in(&(struct sized){retry_by, sound, sizeof take, 4}, &take);
}

static void struct_sizes(void) {
  struct origin origin;
  start_origin(&origin);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  struct sound sound = {.upstream = start_upstream(origin.port)};
  sound.link = connected_link(sound.upstream, &state);
  check_sizes(&sound);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&sound.link, 0, NULL));
  stop_upstream(sound.upstream);
  stop_origin(&origin);
}

static void values_that_are_none(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  zest_take take = ZEST_TAKE_INIT;
  take.flags = 2;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_link_retry(link, &take, &state, NULL));
  zest_outcome outcomes[4] = {ZEST_OUTCOME_INIT, ZEST_OUTCOME_INIT, ZEST_OUTCOME_INIT,
                              ZEST_OUTCOME_INIT};
  outcomes[0].failed = 2;
  outcomes[1].status = 1000;
  outcomes[2].reserved = 1;
  outcomes[3].first_byte_ns = -1;
  for (int i = 0; i < 4; ++i)
    CHECK_STATUS(i == 2 ? ZEST_UNSUPPORTED : ZEST_INVALID_ARGUMENT,
                 zest_link_give_back(&link, 1, &outcomes[i]));
  CHECK(link != NULL && is_open(state.fd));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, UINT32_MAX, NULL));
  stop_upstream(upstream);
  stop_origin(&origin);
}

static int in_the_child(void* context) {
  struct sound* here = context;
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_peer peer = ZEST_PEER_INIT;
  zest_link* link = NULL;
  size_t count = 0;
  int32_t fd = -1;
  CHECK_STATUS(ZEST_FORKED, zest_upstream_take(here->upstream, NULL, &link, &state, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_upstream_tend(here->upstream, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_upstream_peer_count(here->upstream, &count));
  CHECK_STATUS(ZEST_FORKED, zest_upstream_peer_get(here->upstream, 0, &peer));
  CHECK_STATUS(ZEST_FORKED, zest_link_go_on(here->link, &state, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_link_retry(here->link, NULL, &state, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_link_release_fd(here->link, &fd));
  CHECK_STATUS(ZEST_FORKED, zest_link_give_back(&here->link, 1, NULL));
  CHECK(here->link != NULL);
  CHECK_STATUS(ZEST_OK, zest_upstream_free(&here->upstream));
  CHECK(here->upstream == NULL);
  return 0;
}

static void a_forked_child_may_only_free(void) {
  struct origin origin;
  start_origin(&origin);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  struct sound mine = {.upstream = start_upstream(origin.port)};
  mine.link = connected_link(mine.upstream, &state);
  CHECK(in_child(in_the_child, &mine) == 0);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&mine.link, 1, NULL));
  CHECK(peer_at(mine.upstream, 0).idle == 1); /* the parent goes on */
  stop_upstream(mine.upstream);
  stop_origin(&origin);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_is_a_status);
  RUN(null_beside_a_sound_handle_is_a_status);
  RUN(texts_that_are_none);
  RUN(fields_that_are_none);
  RUN(addresses_that_are_none);
  RUN(struct_sizes);
  RUN(values_that_are_none);
  RUN(a_forked_child_may_only_free);
  return check_end();
}
