/* The ABI of zest/upstream.h in numbers. */
#include <zest/upstream.h>

#include "check.h"
#include "layout.h"

GROWING(zest_upstream_config, 72, 8);
AT(zest_upstream_config, struct_size, 0);
AT(zest_upstream_config, flags, 4);
AT(zest_upstream_config, text, 8);
AT(zest_upstream_config, text_size, 16);
AT(zest_upstream_config, addresses, 24);
AT(zest_upstream_config, address_count, 32);
AT(zest_upstream_config, strategy, 40);
AT(zest_upstream_config, pool_size, 44);
AT(zest_upstream_config, idle_timeout_ms, 48);
AT(zest_upstream_config, requests_per_connection, 52);
AT(zest_upstream_config, connect_timeout_ms, 56);
AT(zest_upstream_config, first_byte_timeout_ms, 60);
AT(zest_upstream_config, between_bytes_timeout_ms, 64);
AT(zest_upstream_config, reserved, 68);

GROWING(zest_take, 8, 4);
AT(zest_take, struct_size, 0);
AT(zest_take, flags, 4);

GROWING(zest_link_state, 168, 8);
AT(zest_link_state, struct_size, 0);
AT(zest_link_state, fd, 4);
AT(zest_link_state, deadline_ns, 8);
AT(zest_link_state, peer, 16);
AT(zest_link_state, requests, 20);
AT(zest_link_state, first_byte_timeout_ms, 24);
AT(zest_link_state, between_bytes_timeout_ms, 28);
AT(zest_link_state, address, 32);

GROWING(zest_outcome, 24, 8);
AT(zest_outcome, struct_size, 0);
AT(zest_outcome, failed, 4);
AT(zest_outcome, status, 8);
AT(zest_outcome, reserved, 12);
AT(zest_outcome, first_byte_ns, 16);

FIXED(zest_tend, 16, 8);
AT(zest_tend, fd, 0);
AT(zest_tend, reserved, 4);
AT(zest_tend, deadline_ns, 8);

GROWING(zest_peer, 280, 8);
AT(zest_peer, struct_size, 0);
AT(zest_peer, state, 4);
AT(zest_peer, active, 8);
AT(zest_peer, idle, 12);
AT(zest_peer, connects, 16);
AT(zest_peer, connect_failures, 24);
AT(zest_peer, reused, 32);
AT(zest_peer, requests, 40);
AT(zest_peer, failures, 48);
AT(zest_peer, retries, 56);
AT(zest_peer, answers, 64);
AT(zest_peer, dropped_idle, 112);
AT(zest_peer, expired, 120);
AT(zest_peer, crowded_out, 128);
AT(zest_peer, first_byte_ns, 136);
AT(zest_peer, address, 144);

static void the_numbers_of_the_abi_hold(void) {
  CHECK(ZEST_BALANCE_ROUND_ROBIN == 0 && ZEST_BALANCE_LEAST_CONNECTIONS == 1);
  CHECK(ZEST_UPSTREAM_NO_KEEPALIVE == 1 && ZEST_UPSTREAM_TCP_FAST_OPEN == 2);
  CHECK(ZEST_TAKE_FRESH == 1);
  CHECK(ZEST_PEER_UNKNOWN == 0 && ZEST_PEER_UP == 1 && ZEST_PEER_DOWN == 2);
}

static void the_initialisers_set_the_size(void) {
  CHECK_INIT(zest_upstream_config, ZEST_UPSTREAM_CONFIG_INIT);
  CHECK_INIT(zest_take, ZEST_TAKE_INIT);
  CHECK_INIT(zest_link_state, ZEST_LINK_STATE_INIT);
  CHECK_INIT(zest_outcome, ZEST_OUTCOME_INIT);
  CHECK_INIT(zest_peer, ZEST_PEER_INIT);
  const zest_link_state state = ZEST_LINK_STATE_INIT;
  CHECK(state.fd == -1);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_numbers_of_the_abi_hold);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
