/* Sockets that somebody else has bound. They are taken also when anything is wrong. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "listen_checks.h"
#include "support.h"

static int bound_socket(void) {
  uint16_t port = 0;
  return foreign_socket(SOCK_STREAM, 0, 1, &port);
}

/* Two listeners of which the second is bad; the first and the third adopt. */
static void adopted_then_refused(zest_listener_config second) {
  int fds[2] = {bound_socket(), bound_socket()};
  zest_listener_config configs[3] = {listener(1, NULL), second, listener(3, NULL)};
  for (int i = 0; i < 2; ++i) {
    configs[2 * i].flags = ZEST_LISTENER_ADOPT_FD;
    configs[2 * i].fd = fds[i];
  }
  zest_service* service = NULL;
  CHECK(zest_listen(configs, 3, NULL, &service, NULL, NULL) >= ZEST_NULL_ARGUMENT);
  CHECK(!is_open(fds[0]) && !is_open(fds[1]));
}

static void adopted_fds_are_closed_whatever_is_wrong(void) {
  zest_listener_config second = listener(2, "nonsense");
  adopted_then_refused(second);
  second = listener(1, "127.0.0.1:0"); /* a duplicate */
  adopted_then_refused(second);
  second = listener(2, NULL);
  adopted_then_refused(second);
  second = listener(2, "127.0.0.1:0");
  second.flags = 0x100;
  adopted_then_refused(second);
  second = listener(2, "127.0.0.1:0");
  second.struct_size = 4;
  adopted_then_refused(second);
  const zest_socket_options options = {.struct_size = 1};
  second = listener(2, "127.0.0.1:0");
  second.socket_options = &options;
  adopted_then_refused(second);
}

static void adopted_fds_are_closed_without_a_service_or_with_bad_settings(void) {
  int fd = bound_socket();
  zest_listener_config config = adopting(42, fd);
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_listen(&config, 1, NULL, NULL, NULL, NULL));
  CHECK(!is_open(fd));
  config.fd = fd = bound_socket();
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.struct_size = 3;
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_listen(&config, 1, &settings, &service, NULL, NULL));
  CHECK(!is_open(fd));
}

static void fds_that_can_not_be_adopted(void) {
  zest_listener_config config = adopting(42, -1);
  refused(ZEST_INVALID_ARGUMENT, &config, 1, NULL, "listener 42: ");
  config = adopting(42, 1000000);
  failed(ZEST_SYSTEM, EBADF, &config, "(adopted fd)", "Bad file descriptor");
  config = adopting(42, open("/dev/null", O_RDONLY | O_CLOEXEC));
  failed(ZEST_SYSTEM, ENOTSOCK, &config, "(adopted fd)", "non-socket");
  CHECK(!is_open(config.fd));
  config = adopting(42, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  failed(ZEST_INVALID_ARGUMENT, 0, &config, "(adopted fd)", "it is not bound");
  CHECK(!is_open(config.fd));
  config = adopting(42, socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  failed(ZEST_INVALID_ARGUMENT, 0, &config, "(adopted fd)", "another type than its protocol");
  CHECK(!is_open(config.fd));
  int pair[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  config = adopting(42, pair[0]);
  config.protocol = ZEST_UNIX;
  failed(ZEST_SYSTEM, EINVAL, &config, "(adopted fd)", "listen");
  CHECK(!is_open(pair[0]));
  close(pair[1]);
}

static void one_fd_is_adopted_once(void) {
  const int fd = bound_socket();
  const zest_listener_config configs[] = {adopting(1, fd), adopting(42, fd)};
  zest_service* service = NULL;
  zest_error error;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_listen(configs, 2, NULL, &service, NULL, &error));
  CHECK_CONTAINS(error.message, "listener 42: fd ");
  CHECK_CONTAINS(error.message, "adopted by two listeners");
  CHECK(!is_open(fd));
}

static void an_adopted_socket_is_served(void) {
  uint16_t port = 0;
  const int fd =
      foreign_socket(SOCK_STREAM, 0, 0, &port); /* as systemd has it, or not yet listening */
  zest_listener_config config = adopting(42, fd);
  zest_service* service = NULL;
  zest_report* report = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, &report, NULL));
  CHECK(row_of(report, 0).address.port == port);
  CHECK_CONTAINS(row_of(report, 0).note, "adopted");
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  const int client = connect_to(port);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
  CHECK(got.listener_id == 42 && got.local.port == port);
  close(got.fd);
  close(client);
  stop(service);
  CHECK(!is_open(fd));
}

/* Another process may hold it, too, and go on: only our copy is closed. */
static void an_adopted_socket_that_others_hold_stays_alive(void) {
  uint16_t port = 0;
  const int fd = foreign_socket(SOCK_STREAM, 0, 1, &port);
  const int other = dup(fd);
  zest_listener_config config = adopting(42, fd);
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, NULL, NULL));
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 1000, NULL));
  stop(service);
  const int client = connect_to(port);
  const int accepted = accept(other, NULL, NULL);
  CHECK(accepted >= 0);
  close(accepted);
  close(client);
  close(other);
}

static void an_adopted_udp_socket_is_handed_out(void) {
  uint16_t port = 0;
  zest_listener_config config = adopting(42, foreign_socket(SOCK_DGRAM, 0, 0, &port));
  config.protocol = ZEST_UDP;
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, NULL, NULL));
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 1000));
  CHECK(got.protocol == ZEST_UDP && got.local.port == port);
  close(got.fd);
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(adopted_fds_are_closed_whatever_is_wrong);
  RUN(adopted_fds_are_closed_without_a_service_or_with_bad_settings);
  RUN(fds_that_can_not_be_adopted);
  RUN(one_fd_is_adopted_once);
  RUN(an_adopted_socket_is_served);
  RUN(an_adopted_socket_that_others_hold_stays_alive);
  RUN(an_adopted_udp_socket_is_handed_out);
  return check_end();
}
