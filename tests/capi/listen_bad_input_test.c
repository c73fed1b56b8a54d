/* zest_listen with what people get wrong in its arguments: a status, and a message that names the
 * listener and the cause. Nothing is tried then, and nothing written but the message. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "listen_checks.h"

static zest_service* const untouched = (zest_service*)0x10;

static void null_pointers(void) {
  const zest_listener_config good = listener(1, "127.0.0.1:0");
  zest_service* service = untouched;
  zest_error error;
  refused(ZEST_NULL_ARGUMENT, NULL, 1, NULL, "configs must not be NULL");
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_listen(&good, 1, NULL, NULL, NULL, &error));
  CHECK_CONTAINS(error.message, "service must not be NULL");
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_listen(NULL, 1, NULL, NULL, NULL, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_listen(NULL, SIZE_MAX, NULL, &service, NULL, NULL));
  const zest_listener_config nowhere = listener(42, NULL);
  refused(ZEST_NULL_ARGUMENT, &nowhere, 1, NULL, "listener 42: address is NULL");
}

static void no_listeners_and_too_many(void) {
  const zest_listener_config good = listener(1, "127.0.0.1:0");
  refused(ZEST_INVALID_ARGUMENT, NULL, 0, NULL, "no listeners: zest_listen needs at least one");
  refused(ZEST_INVALID_ARGUMENT, &good, 0, NULL, "no listeners");
  refused(ZEST_INVALID_ARGUMENT, &good, SIZE_MAX, NULL, "at most 65536");
  refused(ZEST_INVALID_ARGUMENT, &good, 65537, NULL, "65537 listeners, at most 65536");
}

static void one_id_twice(void) {
  const zest_listener_config twice[] = {listener(UINT64_MAX, "127.0.0.1:0"),
                                        listener(8, "127.0.0.1:0"),
                                        listener(UINT64_MAX, "[::1]:0")};
  refused(ZEST_DUPLICATE_LISTENER, twice, 3, NULL, "listener_id 18446744073709551615");
}

static void addresses_that_do_not_parse(void) {
  static const char* const bad[] = {
      "",
      "x",
      "127.0.0.1",
      "127.0.0.1:",
      "127.0.0.1:65536",
      "1.2.3:80",
      "localhost:80",
      "127.0.0.1:-1",
      "127.0.0.1: 80",
      "127.0.0.1:80 ",
      "::1:80",
      "[::1]",
      "[::1]80",
      "[::1:80",
      "[::g]:80",
      "[]:80",
      "unix:",
      "unix:@",
      "[fe80::1%none]:1",
      "http://1.2.3.4:80",
      "1.2.3.4:0x50",
      "1.2.3.4.5:80",
      "256.0.0.1:80",
      "[::1%]:80",
      ":",
  };
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    const zest_listener_config config = listener(42, bad[i]);
    refused(ZEST_BAD_ADDRESS, &config, 1, NULL, "listener 42: ");
  }
  const zest_listener_config no_port = listener(42, "127.0.0.1");
  refused(ZEST_BAD_ADDRESS, &no_port, 1, NULL, "needs a port, as in 127.0.0.1:80 or [::1]:80");
  const zest_listener_config a_name = listener(42, "localhost:80");
  refused(ZEST_BAD_ADDRESS, &a_name, 1, NULL, "names are not resolved");
}

static void addresses_of_any_length_and_bytes(void) {
  static char text[100001];
  for (size_t size = 1; size < sizeof text; size = size * 3 + 1) {
    memset(text, 'a', size);
    text[size] = 0;
    const zest_listener_config config = listener(42, text);
    refused(ZEST_BAD_ADDRESS, &config, 1, NULL, "listener 42: ");
    memcpy(text, "unix:", size < 5 ? size : 5);
    if (size > 5 + 107) refused(ZEST_BAD_ADDRESS, &config, 1, NULL, "107 bytes");
  }
  const zest_listener_config no_utf8 = listener(42, "\xff\xc3\x28\xe2\x82:80");
  refused(ZEST_BAD_ADDRESS, &no_utf8, 1, NULL,
          "\"?"
          "?(?"
          "?:80\"");
  const zest_listener_config utf8 = listener(42, "\xc3\xa4\xe2\x82\xac:80");
  refused(ZEST_BAD_ADDRESS, &utf8, 1, NULL, "\"\xc3\xa4\xe2\x82\xac:80\"");
}

static void unknown_flags_and_enumerators(void) {
  zest_listener_config config = listener(42, "127.0.0.1:0");
  config.flags = ZEST_LISTENER_FLAGS_ALL + 1;
  refused(ZEST_UNSUPPORTED, &config, 1, NULL, "listener 42: flags 0x8");
  config.flags = 0x80000000u;
  refused(ZEST_UNSUPPORTED, &config, 1, NULL, "listener 42: flags 0x80000000");
  config.flags = 0;
  config.reserved = 1;
  refused(ZEST_UNSUPPORTED, &config, 1, NULL, "listener 42: reserved must be 0");
  config.reserved = 0;
  config.protocol = 3;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: unknown protocol 3");
  config.protocol = ZEST_UNIX;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: ZEST_UNIX needs");
  config.protocol = ZEST_TCP;
  config.unix_mode = 010000;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: unix_mode 010000");
  config = listener(42, "unix:@zest-udp");
  config.protocol = ZEST_UDP;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: UDP needs an IP address");
}

static void settings_out_of_range(void) {
  const zest_listener_config config = listener(42, "127.0.0.1:0");
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = ZEST_SETTINGS_FLAGS_ALL + 1;
  refused(ZEST_UNSUPPORTED, &config, 1, &settings, "zest_settings.flags 0x10");
  settings.flags = 0;
  settings.reserved = 7;
  refused(ZEST_UNSUPPORTED, &config, 1, &settings, "zest_settings.reserved");
  settings.reserved = 0;
  settings.steering = 3;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings, "zest_settings.steering is 3");
  settings.steering = 0;
  settings.backend = 3;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings, "zest_settings.backend is 3");
  settings.backend = 0;
  settings.threads_per_address = 1025;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings,
          "threads_per_address is 1025, at most 1024");
  settings.threads_per_address = 1;
  settings.queue_capacity = 1048577;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings, "queue_capacity is 1048577, at most");
  settings.queue_capacity = 0;
  settings.backlog = 0x80000000u;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings, "zest_settings.backlog is 2147483648");
}

static void socket_options_out_of_range(void) {
  zest_listener_config config = listener(42, "127.0.0.1:0");
  zest_settings settings = ZEST_SETTINGS_INIT;
  zest_socket_options options = ZEST_SOCKET_OPTIONS_INIT;
  settings.socket_options = &options;
  options.nodelay = 3;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, &settings, "nodelay is 3");
  settings.socket_options = NULL;
  config.socket_options = &options;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: nodelay is 3");
  options.nodelay = ZEST_OFF;
  options.receive_buffer = UINT32_MAX;
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: receive_buffer is 4294967295");
  options.receive_buffer = 0;
  options.struct_size = 4;
  refused(ZEST_UNSUPPORTED, &config, 1, NULL, "listener 42: zest_socket_options.struct_size is 4");
  options.struct_size = sizeof options;
  options.keepalive = ZEST_ON;
  options.keepalive_idle_s = 1000000; /* the kernel takes 32767 at most */
  failed(ZEST_SYSTEM, EINVAL, &config, "TCP_KEEPIDLE", "Invalid argument");
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_pointers);
  RUN(no_listeners_and_too_many);
  RUN(one_id_twice);
  RUN(addresses_that_do_not_parse);
  RUN(addresses_of_any_length_and_bytes);
  RUN(unknown_flags_and_enumerators);
  RUN(settings_out_of_range);
  RUN(socket_options_out_of_range);
  return check_end();
}
