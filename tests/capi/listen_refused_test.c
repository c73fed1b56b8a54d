/* Addresses that the system refuses: the message and the report name the listener, the cause and
 * the cure. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "listen_checks.h"
#include "support.h"

static void a_port_in_use(void) {
  uint16_t port = 0;
  for (int reuseport = 0; reuseport < 2; ++reuseport) {
    const int stranger = foreign_socket(SOCK_STREAM, reuseport, 1, &port);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    const zest_listener_config config = listener(42, address);
    failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &config, address, "stop it, or join it with");
    const zest_listener_config all = listener(42, strchr(address, ':'));
    failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &all, ":", "stop it, or join it with");
    close(stranger);
  }
  for (int reuseport = 0; reuseport < 2; ++reuseport) {
    const int stranger = foreign_socket(SOCK_DGRAM, reuseport, 0, &port);
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    zest_listener_config config = listener(42, address);
    config.protocol = ZEST_UDP;
    failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &config, address, "stop it, or join it with");
    close(stranger);
  }
}

static void a_port_in_use_can_be_joined(void) {
  uint16_t port = 0;
  const int stranger = foreign_socket(SOCK_STREAM, 1, 1, &port);
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%u", port);
  zest_listener_config config = listener(42, address);
  config.flags = ZEST_LISTENER_JOIN;
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, NULL, NULL));
  close(stranger);
  stop(service);
}

static void a_service_does_not_join_itself(void) {
  uint16_t port = 0;
  zest_service* first = start_one(0, &port);
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%u", port);
  const zest_listener_config config = listener(42, address);
  failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &config, address, "another process");
  stop(first);
}

static void an_address_of_another_machine(void) {
  const zest_listener_config config = listener(42, "192.0.2.1:80");
  failed(ZEST_ADDRESS_NOT_AVAILABLE, EADDRNOTAVAIL, &config, "192.0.2.1:80", "ip addr");
}

static int lowest_port(void) {
  FILE* file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r");
  int port = 0;
  if (!file || fscanf(file, "%d", &port) != 1) port = 0;
  if (file) fclose(file);
  return port;
}

static int try_port_1(void* context) {
  (void)context;
  const zest_listener_config config = listener(42, "127.0.0.1:1");
  failed(ZEST_PERMISSION_DENIED, EACCES, &config, "127.0.0.1:1", "CAP_NET_BIND_SERVICE");
  return 0;
}

static void a_privileged_port(void) {
  if (lowest_port() < 2) {
    check_skip_one("every port is unprivileged here");
    return;
  }
  const int code = in_child_unprivileged(try_port_1, NULL);
  if (code < 0) {
    check_skip_one("this process can't become another user");
    return;
  }
  CHECK(code == 0);
}

static int try_unwritable_folder(void* context) {
  (void)context;
  const zest_listener_config config = listener(42, "unix:/proc/zest.sock");
  zest_error error;
  zest_service* service = NULL;
  CHECK(zest_listen(&config, 1, NULL, &service, NULL, &error) >= ZEST_ADDRESS_IN_USE);
  CHECK_CONTAINS(error.message, "listener 42 on unix:/proc/zest.sock");
  const zest_listener_config closed = listener(42, "unix:/root/zest.sock");
  failed(ZEST_PERMISSION_DENIED, EACCES, &closed, "unix:/root/zest.sock", "not writable");
  return 0;
}

static void a_socket_where_this_user_may_not_write(void) {
  const int code = in_child_unprivileged(try_unwritable_folder, NULL);
  if (code < 0 || geteuid() != 0) {
    check_skip_one("this process can't become another user");
    return;
  }
  CHECK(code == 0);
}

static void one_listener_of_two_is_enough(void) {
  const zest_listener_config configs[] = {listener(42, "192.0.2.1:80"), listener(2, "127.0.0.1:0")};
  zest_service* service = NULL;
  zest_report* report = NULL;
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  CHECK_STATUS(ZEST_OK, zest_listen(configs, 2, &settings, &service, &report, NULL));
  const zest_report_row bad = row_of(report, 0);
  CHECK(bad.status == ZEST_ADDRESS_NOT_AVAILABLE && bad.listener_id == 42);
  CHECK_CONTAINS(bad.note, "no interface has this address");
  CHECK(row_of(report, 1).status == ZEST_OK);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_port_in_use);
  RUN(a_port_in_use_can_be_joined);
  RUN(a_service_does_not_join_itself);
  RUN(an_address_of_another_machine);
  RUN(a_privileged_port);
  RUN(a_socket_where_this_user_may_not_write);
  RUN(one_listener_of_two_is_enough);
  return check_end();
}
