/* Every call of zest/proxy.h with NULL, with structs of every size, with fds of every kind, from a
 * forked child, and with configurations that are none: a status, nothing written, no fd left. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"

static void null_is_a_status(void) {
  const zest_status null = ZEST_NULL_ARGUMENT;
  const zest_proxy_config config = config_of("");
  zest_proxy* proxy = NULL;
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  zest_error error;
  size_t count = 0;
  CHECK_STATUS(null, zest_proxy_start(NULL, &proxy, NULL, &error));
  CHECK_CONTAINS(error.message, "config must not be NULL");
  CHECK_STATUS(null, zest_proxy_start(&config, NULL, NULL, &error));
  CHECK_STATUS(null, zest_proxy_check(NULL, NULL, NULL));
  CHECK_STATUS(null, zest_proxy_serve(NULL, -1, 1, &error));
  CHECK_CONTAINS(error.message, "proxy must not be NULL");
  CHECK_STATUS(null, zest_proxy_reload(NULL, &config, NULL, &error));
  CHECK_CONTAINS(error.message, "proxy must not be NULL");
  CHECK_STATUS(null, zest_proxy_drain(NULL, 0, NULL));
  CHECK_STATUS(null, zest_proxy_cut(NULL));
  CHECK_STATUS(null, zest_proxy_free(NULL));
  CHECK_STATUS(ZEST_OK, zest_proxy_free(&proxy));
  CHECK_STATUS(null, zest_proxy_stats_get(NULL, &stats));
  CHECK_STATUS(null, zest_proxy_listener_count(NULL, &count));
  CHECK_STATUS(null, zest_proxy_listener_get(NULL, 0, &listener));
  proxy = start_proxy(9, NULL, NULL);
  CHECK_STATUS(null, zest_proxy_stats_get(proxy, NULL));
  CHECK_STATUS(null, zest_proxy_listener_count(proxy, NULL));
  CHECK_STATUS(null, zest_proxy_listener_get(proxy, 0, NULL));
  CHECK_STATUS(null, zest_proxy_reload(proxy, NULL, NULL, NULL));
  stop_proxy(proxy);
}

static void refused(zest_proxy_config config, zest_status expected, const char* words) {
  zest_proxy* proxy = (zest_proxy*)&config; /* must stay */
  zest_error error;
  CHECK_STATUS(expected, zest_proxy_start(&config, &proxy, NULL, &error));
  CHECK(error.code == expected && proxy == (zest_proxy*)&config);
  CHECK_CONTAINS(error.message, words);
  CHECK_STATUS(expected, zest_proxy_check(&config, NULL, &error));
}

static void configurations_that_are_none(void) {
  zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  refused(config, ZEST_INVALID_ARGUMENT, "either text or path");
  config = config_of("x");
  config.path = "/dev/null";
  refused(config, ZEST_INVALID_ARGUMENT, "either text or path");
  refused(config_of("= nonsense"), ZEST_INVALID_ARGUMENT, "config:1:");
  refused(config_of("\xff\xfe\x00"), ZEST_INVALID_ARGUMENT, "config:1:");
  config = config_of("");
  config.reserved = 4;
  refused(config, ZEST_UNSUPPORTED, "zest_proxy_config.reserved");
  config = config_of("");
  config.text_size = (1 << 20) + 1;
  refused(config, ZEST_INVALID_ARGUMENT, "1048577 bytes");
  config = (zest_proxy_config)ZEST_PROXY_CONFIG_INIT;
  config.path = "/nonexistent/zproxy.toml";
  refused(config, ZEST_SYSTEM, "/nonexistent/zproxy.toml");
}

static void an_address_in_use_leaves_nothing(void) {
  char text[config_max];
  uint16_t port = 0;
  const int other = foreign_socket(SOCK_STREAM, 0, 1, &port);
  snprintf(text, sizeof text,
           "workers = 2\n[[listener]]\nbind = \"127.0.0.1:0\"\n[[listener]]\nbind = "
           "\"127.0.0.1:%u\"\n[upstream.a]\naddrs = [\"127.0.0.1:9\"]\n",
           port);
  const zest_proxy_config config = config_of(text);
  zest_proxy* proxy = NULL;
  zest_error error;
  CHECK_STATUS(ZEST_ADDRESS_IN_USE, zest_proxy_start(&config, &proxy, NULL, &error));
  CHECK(proxy == NULL && error.message[0] != 0);
  close(other);
}

union large {
  zest_proxy_config config;
  zest_proxy_stats stats;
  zest_proxy_listener listener;
  zest_proxy_receipt receipt;
  uint32_t struct_size;
  unsigned char bytes[8192];
};

static zest_status with_size(const zest_proxy* proxy, int which, union large* large) {
  switch (which) {
    case 0: return zest_proxy_stats_get(proxy, &large->stats);
    case 1: return zest_proxy_listener_get(proxy, 0, &large->listener);
    case 2: return zest_proxy_drain(proxy, 0, &large->receipt);
    default: return zest_proxy_check(&large->config, NULL, NULL);
  }
}

static void struct_sizes(void) {
  static const size_t known[] = {offsetof(zest_proxy_stats, hooked), sizeof(zest_proxy_listener),
                                 sizeof(zest_proxy_receipt), offsetof(zest_proxy_config, hooks)};
  static const size_t alignment[] = {8, 4, 8, 8};
  static union large large;
  char text[config_max];
  write_config(text, 9, "");
  zest_proxy* proxy = start_proxy(9, NULL, NULL);
  for (int which = 0; which < 4; ++which) {
    for (size_t size = 0; size <= 5000; size += size < 500 ? 1 : 61) {
      memset(&large, which < 3 ? 0x5a : 0, sizeof large);
      if (which == 3) large.config = config_of(text);
      large.struct_size = (uint32_t)size;
      const int good = size >= known[which] && size <= 4096 && size % alignment[which] == 0;
      CHECK((with_size(proxy, which, &large) == ZEST_UNSUPPORTED) == !good);
      if (good && which < 3) CHECK(large.struct_size == size && large.bytes[size] == 0x5a);
    }
  }
  large.config = config_of(text);
  large.struct_size = sizeof large.config + 8;
  large.bytes[sizeof large.config] = 1;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_proxy_check(&large.config, NULL, NULL));
  stop_proxy(proxy);
}

static void serve_refuses(const zest_proxy* proxy, int fd, uint64_t id, zest_status expected) {
  zest_error error;
  CHECK_STATUS(expected, zest_proxy_serve(proxy, fd, id, &error));
  CHECK(error.code == expected && error.message[0] != 0);
  CHECK(fd < 0 || !is_open(fd)); /* it was taken */
}

static void fds_of_every_kind(void) {
  zest_proxy* proxy = start_proxy(9, NULL, NULL);
  int ends[2];
  for (int kind = 0; kind < useless_fds; ++kind)
    serve_refuses(proxy, useless_fd(kind), 1, ZEST_INVALID_ARGUMENT);
  serve_refuses(proxy, reset_end(), 1, ZEST_SYSTEM); /* the peer's doing, not the host's */
  connected_pair(ends);
  serve_refuses(proxy, ends[1], 3, ZEST_INVALID_ARGUMENT);
  close(ends[0]);
  connected_pair(ends);
  serve_refuses(proxy, ends[1], UINT64_MAX, ZEST_INVALID_ARGUMENT);
  close(ends[0]);
  connected_pair(ends);
  serve_refuses(NULL, ends[1], 1, ZEST_NULL_ARGUMENT);
  close(ends[0]);
  stop_proxy(proxy);
}

static int in_the_child(void* context) {
  zest_proxy* proxy = context;
  const zest_proxy_config config = config_of("");
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  size_t count = 0;
  CHECK_STATUS(ZEST_FORKED, zest_proxy_serve(proxy, -1, 1, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_reload(proxy, &config, NULL, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_drain(proxy, 0, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_cut(proxy));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_stats_get(proxy, &stats));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_listener_count(proxy, &count));
  CHECK_STATUS(ZEST_FORKED, zest_proxy_listener_get(proxy, 0, &listener));
  CHECK_STATUS(ZEST_OK, zest_proxy_free(&proxy));
  CHECK(proxy == NULL);
  return 0;
}

static void a_forked_child_may_only_free(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy* proxy = start_proxy(origin.port, NULL, NULL);
  CHECK(in_child(in_the_child, proxy) == 0);
  const int client = connect_to(port_of(proxy));
  CHECK(ask(client)); /* the parent goes on */
  close(client);
  stop_proxy(proxy);
  stop_origin(&origin);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_is_a_status);
  RUN(configurations_that_are_none);
  RUN(an_address_in_use_leaves_nothing);
  RUN(struct_sizes);
  RUN(fds_of_every_kind);
  RUN(a_forked_child_may_only_free);
  return check_end();
}
