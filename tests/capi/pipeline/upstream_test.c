/* What a host does with zest/upstream.h: requests over pooled connections, from several threads,
 * to origins that come and go. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"
#include "upstream_support.h"

enum { turns = 40, threads = 4 };

/* The tests' client blocks; the link's fd does not. */
static int ask_over(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  REQUIRE((flags & O_NONBLOCK) != 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  const int answered = ask(fd);
  fcntl(fd, F_SETFL, flags);
  return answered;
}

static void a_request_after_the_other_uses_one_connection(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_outcome outcome = ZEST_OUTCOME_INIT;
  outcome.status = 200;
  outcome.first_byte_ns = 1000;
  for (uint32_t turn = 1; turn <= 3; ++turn) {
    zest_link_state state = ZEST_LINK_STATE_INIT;
    zest_link* link = connected_link(upstream, &state);
    CHECK(state.requests == turn && state.peer == 0 && state.deadline_ns == INT64_MAX);
    CHECK(state.address.family == ZEST_FAMILY_IPV4 && state.address.port == origin.port);
    CHECK(state.first_byte_timeout_ms == 60000 && state.between_bytes_timeout_ms == 30000);
    CHECK(ask_over(state.fd));
    CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, &outcome));
    CHECK(link == NULL && is_open(state.fd));
  }
  const zest_peer peer = peer_at(upstream, 0);
  CHECK(peer.state == ZEST_PEER_UP && peer.active == 0 && peer.idle == 1);
  CHECK(peer.connects == 1 && peer.reused == 2 && peer.requests == 3 && peer.answers[2] == 3);
  CHECK(peer.first_byte_ns == 1000 && peer.failures == 0);
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void what_is_broken_is_closed_and_what_must_be_fresh_is_new(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 0, NULL));
  CHECK(peer_at(upstream, 0).idle == 0);
  link = connected_link(upstream, &state);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  zest_take fresh = ZEST_TAKE_INIT;
  fresh.flags = ZEST_TAKE_FRESH;
  const zest_status begun = zest_upstream_take(upstream, &fresh, &link, &state, NULL);
  CHECK_STATUS(ZEST_OK, settle_link(link, begun, &state, NULL));
  CHECK(state.requests == 1 && peer_at(upstream, 0).idle == 1);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void an_origin_that_has_gone_is_seen(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  CHECK(ask_over(state.fd));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  stop_origin(&origin);
  CHECK(readable(state.fd, 10000)); /* its end has come; the number is still the pool's */
  zest_error error;
  const zest_status begun = zest_upstream_take(upstream, NULL, &link, &state, &error);
  CHECK_STATUS(ZEST_SYSTEM, settle_link(link, begun, &state, &error));
  CHECK_CONTAINS(error.message, "Connection refused");
  CHECK_STATUS(ZEST_SYSTEM, zest_link_go_on(link, &state, &error));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  const zest_peer peer = peer_at(upstream, 0);
  CHECK(peer.dropped_idle == 1 && peer.connect_failures == 1 && peer.state == ZEST_PEER_DOWN);
  stop_upstream(upstream);
}

static void tending_closes_what_has_ended(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_tend next = {0};
  CHECK_STATUS(ZEST_OK, zest_upstream_tend(upstream, &next));
  CHECK(next.fd == -1 && next.deadline_ns == INT64_MAX);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  CHECK_STATUS(ZEST_OK, zest_upstream_tend(upstream, &next));
  CHECK(next.deadline_ns < INT64_MAX && peer_at(upstream, 0).idle == 1);
  stop_origin(&origin);
  CHECK(readable(state.fd, 10000));
  CHECK_STATUS(ZEST_OK, zest_upstream_tend(upstream, NULL));
  CHECK(peer_at(upstream, 0).idle == 0 && !is_open(state.fd));
  stop_upstream(upstream);
}

static void a_retry_asks_another_origin(void) {
  struct origin origins[2];
  uint16_t ports[2];
  for (int i = 0; i < 2; ++i) {
    start_origin(&origins[i]);
    ports[i] = origins[i].port;
  }
  struct places places;
  const zest_upstream_config config = config_with(&places, ports, 2);
  zest_upstream* upstream = NULL;
  REQUIRE(zest_upstream_new(&config, &upstream, NULL) == ZEST_OK);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  const uint32_t first = state.peer;
  zest_status status = zest_link_retry(link, NULL, &state, NULL);
  CHECK_STATUS(ZEST_OK, settle_link(link, status, &state, NULL));
  CHECK(state.peer != first && ask_over(state.fd));
  CHECK(peer_at(upstream, first).retries == 1);
  zest_error error;
  CHECK_STATUS(ZEST_SYSTEM, zest_link_retry(link, NULL, &state, &error));
  CHECK_CONTAINS(error.message, "no origin but the 2 tried");
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 0, NULL));
  stop_upstream(upstream);
  for (int i = 0; i < 2; ++i) stop_origin(&origins[i]);
}

static void an_fd_that_was_taken_out_counts_until_its_link_is_back(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_link_release_fd(link, &fd));
  CHECK(fd == state.fd && peer_at(upstream, 0).active == 1);
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_link_release_fd(link, &fd));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_link_go_on(link, &state, NULL));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  CHECK(peer_at(upstream, 0).active == 0 && peer_at(upstream, 0).idle == 0);
  CHECK(ask_over(fd));
  close(fd);
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void links_outlive_their_upstream(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  stop_upstream(upstream);
  CHECK(ask_over(state.fd));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  CHECK(!is_open(state.fd));
  stop_origin(&origin);
}

static void text_says_what_zproxy_s_file_would(void) {
  struct origin origin;
  start_origin(&origin);
  char text[256];
  snprintf(text, sizeof text,
           "addrs = [\"127.0.0.1:%u\"]\nstrategy = \"least_connections\"\nkeepalive = false\n"
           "first_byte_timeout_ms = 7\n",
           origin.port);
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  zest_upstream* upstream = NULL;
  REQUIRE(zest_upstream_new(&config, &upstream, NULL) == ZEST_OK);
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = connected_link(upstream, &state);
  CHECK(state.first_byte_timeout_ms == 7 && ask_over(state.fd));
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
  CHECK(peer_at(upstream, 0).idle == 0);
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void* make_requests(void* upstream) {
  for (int turn = 0; turn < turns; ++turn) {
    zest_link_state state = ZEST_LINK_STATE_INIT;
    zest_link* link = connected_link(upstream, &state);
    CHECK(ask_over(state.fd));
    CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 1, NULL));
    CHECK_STATUS(ZEST_OK, zest_upstream_tend(upstream, NULL));
  }
  return NULL;
}

static void threads_share_it(void) {
  struct origin origin;
  start_origin(&origin);
  zest_upstream* upstream = start_upstream(origin.port);
  pthread_t running[threads];
  for (int i = 0; i < threads; ++i)
    REQUIRE(pthread_create(&running[i], NULL, make_requests, upstream) == 0);
  for (int i = 0; i < threads; ++i) REQUIRE(pthread_join(running[i], NULL) == 0);
  const zest_peer peer = peer_at(upstream, 0);
  CHECK(peer.requests == turns * threads && peer.connects <= threads && peer.active == 0);
  CHECK(peer.connects + peer.reused == peer.requests);
  stop_upstream(upstream);
  stop_origin(&origin);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_request_after_the_other_uses_one_connection);
  RUN(what_is_broken_is_closed_and_what_must_be_fresh_is_new);
  RUN(an_origin_that_has_gone_is_seen);
  RUN(tending_closes_what_has_ended);
  RUN(a_retry_asks_another_origin);
  RUN(an_fd_that_was_taken_out_counts_until_its_link_is_back);
  RUN(links_outlive_their_upstream);
  RUN(text_says_what_zproxy_s_file_would);
  RUN(threads_share_it);
  return check_end();
}
