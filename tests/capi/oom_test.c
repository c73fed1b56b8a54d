/* The whole life of a service through the C ABI, again and again, each time with another fallible
 * call failing: every allocation and every system call that the engine makes. Only statuses: no
 * crash, no hang, no leak, no fd and no thread left, and no connection lost by a single failure. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "fault_shim.h"
#include "support.h"
#include "torture.h"

enum { patience_ms = 5000 };

static int fallible_client(uint16_t port) {
  const int fd = new_client();
  connect_client(fd, port);
  return fd;
}

/* One connection, of a listener that is well. */
static void take_one(const zest_service* service, uint16_t port, int shards) {
  const int client = fallible_client(port);
  const int64_t deadline = now_ms() + patience_ms;
  zest_status status;
  zest_connection got;
  do {
    got = (zest_connection)ZEST_CONNECTION_INIT;
    status = shards ? zest_shard_next(service, 0, &got, 200) : zest_next(service, &got, 200);
  } while ((status == ZEST_TIMED_OUT || status == ZEST_OUT_OF_MEMORY) && now_ms() < deadline);
  CHECK(status == ZEST_OK || status == ZEST_LISTENER_FAILED);
  if (status != ZEST_OK && status != ZEST_LISTENER_FAILED)
    printf("  %s\n", zest_status_string(status));
  if (status == ZEST_OK) close(got.fd);
  close(client);
}

static void look(const zest_service* service, const zest_report* report) {
  zest_service_stats stats = ZEST_SERVICE_STATS_INIT;
  const zest_status counted = zest_stats(service, &stats);
  CHECK(counted == ZEST_OK || is_failure(counted));
  char text[4096];
  const zest_status written = zest_report_text(report, text, sizeof text, NULL);
  CHECK(written == ZEST_OK || is_failure(written));
}

static void end(zest_service* service) {
  zest_receipt receipt = ZEST_RECEIPT_INIT;
  const zest_status status = zest_shutdown(service, 2000, &receipt);
  CHECK(status == ZEST_OK || status == ZEST_TIMED_OUT || is_failure(status));
  CHECK(receipt.accepted == receipt.handed_over + receipt.in_queue + receipt.refused);
  stop(service);
}

static zest_service* listen_on_three(const zest_settings* settings, zest_report** report) {
  static const char* const addresses[] = {"127.0.0.1:0", "unix:@zest-oom-test", "127.0.0.1:0"};
  zest_listener_config configs[3];
  for (size_t i = 0; i < 3; ++i) {
    configs[i] = (zest_listener_config)ZEST_LISTENER_CONFIG_INIT;
    configs[i].listener_id = i;
    configs[i].address = addresses[i];
  }
  configs[2].protocol = ZEST_UDP;
  zest_service* service = NULL;
  zest_error error;
  const zest_status status = zest_listen(configs, 3, settings, &service, report, &error);
  CHECK(status == ZEST_OK || is_failure(status));
  if (status == ZEST_OK) return service;
  CHECK(error.code == status && error.message[0] != 0);
  return NULL;
}

static void live(uint32_t flags, uint32_t backend) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = flags;
  settings.threads_per_address = 1;
  settings.backend = backend;
  zest_report* report = NULL;
  zest_service* service = listen_on_three(&settings, &report);
  if (service) {
    const zest_report_row row = row_of(report, 0);
    zest_connection udp = ZEST_CONNECTION_INIT;
    const zest_status status =
        flags & ZEST_SHARDS ? zest_shard_next(service, 0, &udp, 0) : zest_next(service, &udp, 0);
    CHECK(is_status(status) && status != ZEST_INTERNAL);
    if (status == ZEST_OK) close(udp.fd);
    if (row.status == ZEST_OK) take_one(service, row.address.port, (flags & ZEST_SHARDS) != 0);
    look(service, report);
    end(service);
  }
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
}

static void live_with_threads(void) { live(0, ZEST_BACKEND_AUTO); }
static void live_with_pipes(void) { live(ZEST_NOTIFY_PIPE | ZEST_PIN_CPUS, ZEST_BACKEND_AUTO); }
static void live_with_shards(void) { live(ZEST_SHARDS, ZEST_BACKEND_AUTO); }
static void live_on_epoll(void) { live(0, ZEST_BACKEND_EPOLL); }
static void live_with_shards_on_epoll(void) { live(ZEST_SHARDS, ZEST_BACKEND_EPOLL); }

static void pass_connections(void) {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  zest_connection connection = ZEST_CONNECTION_INIT;
  connection.fd = ends[0];
  zest_connection got[ZEST_FDS_PER_MESSAGE];
  size_t count = 0;
  got[0] = (zest_connection)ZEST_CONNECTION_INIT;
  zest_status status = zest_send_fds(ends[0], &connection, 1, &count, 100, NULL);
  CHECK(status == ZEST_OK || is_failure(status) || status == ZEST_TIMED_OUT);
  if (status == ZEST_OK) {
    status = zest_recv_fds(ends[1], got, ZEST_FDS_PER_MESSAGE, &count, 100, NULL);
    CHECK(status == ZEST_OK || is_failure(status) || status == ZEST_TIMED_OUT);
    if (status == ZEST_OK) close(got[0].fd);
  }
  close(ends[0]);
  close(ends[1]);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  TORTURE(pass_connections);
  TORTURE(live_with_threads);
  TORTURE(live_with_pipes);
  TORTURE(live_with_shards);
  TORTURE(live_on_epoll);
  TORTURE(live_with_shards_on_epoll);
  return check_end();
}
