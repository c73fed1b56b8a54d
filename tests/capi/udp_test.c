/* UDP listeners: each thread's or shard's bound socket is handed out once, for a QUIC stack to use.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

static zest_service* start_udp(uint32_t flags, uint32_t threads, zest_report** report) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = flags;
  settings.threads_per_address = threads;
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.address = "127.0.0.1:0";
  config.listener_id = 53;
  config.protocol = ZEST_UDP;
  zest_service* service = NULL;
  REQUIRE(zest_listen(&config, 1, &settings, &service, report, NULL) == ZEST_OK);
  return service;
}

static int udp_to(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0 && connect(fd, (const struct sockaddr*)&address, sizeof address) == 0);
  return fd;
}

static void is_the_bound_socket(const zest_connection* got, uint16_t port) {
  CHECK(got->fd >= 0 && got->protocol == ZEST_UDP && got->listener_id == 53);
  CHECK(got->local.family == ZEST_FAMILY_IPV4 && got->local.port == port);
  CHECK(got->remote.family == ZEST_FAMILY_NONE);
  CHECK(fcntl(got->fd, F_GETFL) & O_NONBLOCK);
  CHECK(fcntl(got->fd, F_GETFD) & FD_CLOEXEC);
}

enum { sockets = 3, datagrams = 60 };

/* Every datagram arrives at exactly one of the sockets. */
static void carry(const zest_connection* got, uint16_t port) {
  int arrived = 0;
  for (int i = 0; i < datagrams; ++i) {
    const int client = udp_to(port);
    CHECK(send(client, "quic", 4, 0) == 4);
    close(client);
  }
  for (int i = 0; i < sockets; ++i) {
    char bytes[16];
    while (recv(got[i].fd, bytes, sizeof bytes, 0) == 4) ++arrived;
  }
  CHECK(arrived == datagrams);
}

static void each_socket_is_handed_out_once(void) {
  zest_report* report = NULL;
  zest_service* service = start_udp(0, sockets, &report);
  size_t rows = 0;
  CHECK_STATUS(ZEST_OK, zest_report_count(report, &rows));
  CHECK(rows == sockets);
  const uint16_t port = row_of(report, 0).address.port;
  zest_connection got[sockets];
  for (int i = 0; i < sockets; ++i) {
    const zest_report_row row = row_of(report, (size_t)i);
    CHECK(row.protocol == ZEST_UDP && row.status == ZEST_OK && row.address.port == port);
    got[i] = (zest_connection)ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_OK, zest_next(service, &got[i], 1000));
    is_the_bound_socket(&got[i], port);
  }
  zest_connection more = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &more, 20));
  carry(got, port);
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, 1000, &receipt));
  CHECK(receipt.accepted == sockets && receipt.handed_over == sockets && receipt.complete == 1);
  CHECK_STATUS(ZEST_CLOSED, zest_next(service, &more, -1));
  stop(service);
  carry(got, port); /* they are the host's */
  for (int i = 0; i < sockets; ++i) close(got[i].fd);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
}

static void each_shard_has_its_socket(void) {
  zest_report* report = NULL;
  zest_service* service = start_udp(ZEST_SHARDS, sockets, &report);
  const uint16_t port = row_of(report, 0).address.port;
  zest_connection got[sockets];
  for (uint32_t i = 0; i < sockets; ++i) {
    got[i] = (zest_connection)ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_OK, zest_shard_next(service, i, &got[i], 1000));
    CHECK(got[i].shard == i);
    is_the_bound_socket(&got[i], port);
    zest_connection more = ZEST_CONNECTION_INIT;
    CHECK_STATUS(ZEST_TIMED_OUT, zest_shard_next(service, i, &more, 0));
  }
  carry(got, port);
  for (int i = 0; i < sockets; ++i) close(got[i].fd);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

static void what_nobody_takes_is_closed(void) {
  for (uint32_t flags = 0; flags <= ZEST_SHARDS; flags += ZEST_SHARDS) {
    zest_report* report = NULL;
    zest_service* service = start_udp(flags, sockets, &report);
    CHECK_STATUS(ZEST_OK, zest_report_free(&report));
    stop(service);
  }
}

static void the_event_fd_tells_of_it(void) {
  zest_report* report = NULL;
  zest_service* service = start_udp(0, 1, &report);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_service_event_fd(service, &fd));
  CHECK(readable(fd, 1000));
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 0));
  CHECK_STATUS(ZEST_TIMED_OUT, zest_next(service, &got, 0));
  CHECK(!readable(fd, 0));
  close(got.fd);
  CHECK_STATUS(ZEST_OK, zest_shutdown(service, -1, NULL));
  CHECK(readable(fd, 1000));
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(each_socket_is_handed_out_once);
  RUN(each_shard_has_its_socket);
  RUN(what_nobody_takes_is_closed);
  RUN(the_event_fd_tells_of_it);
  return check_end();
}
