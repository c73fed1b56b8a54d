/* The 0.1 ABI of zest/base.h and zest/acceptor.h in numbers: see layout.h. */

#include "layout.h"
#include "check.h"

_Static_assert(sizeof(void*) == 8, "zest is for 64-bit Linux");
FIXED(zest_status, 4, 4);

FIXED(zest_error, 264, 4);
AT(zest_error, code, 0);
AT(zest_error, os_errno, 4);
AT(zest_error, message, 8);

FIXED(zest_address, 136, 4);
AT(zest_address, family, 0);
AT(zest_address, port, 2);
AT(zest_address, scope_id, 4);
AT(zest_address, ip, 8);
AT(zest_address, path_size, 24);
AT(zest_address, path, 28);

GROWING(zest_socket_options, 52, 4);
AT(zest_socket_options, struct_size, 0);
AT(zest_socket_options, nodelay, 4);
AT(zest_socket_options, keepalive, 8);
AT(zest_socket_options, keepalive_idle_s, 12);
AT(zest_socket_options, keepalive_interval_s, 16);
AT(zest_socket_options, keepalive_count, 20);
AT(zest_socket_options, receive_buffer, 24);
AT(zest_socket_options, send_buffer, 28);
AT(zest_socket_options, defer_accept_s, 32);
AT(zest_socket_options, fast_open_queue, 36);
AT(zest_socket_options, v6only, 40);
AT(zest_socket_options, busy_poll_us, 44);
AT(zest_socket_options, transparent, 48);

GROWING(zest_listener_config, 48, 8);
AT(zest_listener_config, struct_size, 0);
AT(zest_listener_config, flags, 4);
AT(zest_listener_config, listener_id, 8);
AT(zest_listener_config, address, 16);
AT(zest_listener_config, protocol, 24);
AT(zest_listener_config, fd, 28);
AT(zest_listener_config, unix_mode, 32);
AT(zest_listener_config, reserved, 36);
AT(zest_listener_config, socket_options, 40);

GROWING(zest_settings, 40, 8);
AT(zest_settings, struct_size, 0);
AT(zest_settings, flags, 4);
AT(zest_settings, threads_per_address, 8);
AT(zest_settings, backlog, 12);
AT(zest_settings, queue_capacity, 16);
AT(zest_settings, steering, 20);
AT(zest_settings, backend, 24);
AT(zest_settings, reserved, 28);
AT(zest_settings, socket_options, 32);

GROWING(zest_connection, 312, 8);
AT(zest_connection, struct_size, 0);
AT(zest_connection, fd, 4);
AT(zest_connection, listener_id, 8);
AT(zest_connection, protocol, 16);
AT(zest_connection, shard, 20);
AT(zest_connection, accepted_at_ns, 24);
AT(zest_connection, os_errno, 32);
AT(zest_connection, reserved, 36);
AT(zest_connection, local, 40);
AT(zest_connection, remote, 176);

GROWING(zest_receipt, 56, 8);
AT(zest_receipt, struct_size, 0);
AT(zest_receipt, complete, 4);
AT(zest_receipt, accepted, 8);
AT(zest_receipt, handed_over, 16);
AT(zest_receipt, in_queue, 24);
AT(zest_receipt, refused, 32);
AT(zest_receipt, left_in_kernel, 40);
AT(zest_receipt, duration_ns, 48);

GROWING(zest_shard_stats, 216, 8);
AT(zest_shard_stats, struct_size, 0);
AT(zest_shard_stats, health, 4);
AT(zest_shard_stats, accepted, 8);
AT(zest_shard_stats, handed_over, 16);
AT(zest_shard_stats, refused, 24);
AT(zest_shard_stats, queued, 32);
AT(zest_shard_stats, queue_full_pauses, 40);
AT(zest_shard_stats, resource_pauses, 48);
AT(zest_shard_stats, transient_errors, 56);
AT(zest_shard_stats, transient_by_errno, 64);
AT(zest_shard_stats, kernel_queue, 192);
AT(zest_shard_stats, kernel_queue_max, 200);
AT(zest_shard_stats, wakeups, 208);

GROWING(zest_service_stats, 240, 8);
AT(zest_service_stats, struct_size, 0);
AT(zest_service_stats, shards, 4);
AT(zest_service_stats, listen_overflows, 8);
AT(zest_service_stats, listen_drops, 16);
AT(zest_service_stats, total, 24);

GROWING(zest_report_row, 528, 8);
AT(zest_report_row, struct_size, 0);
AT(zest_report_row, status, 4);
AT(zest_report_row, os_errno, 8);
AT(zest_report_row, shard, 12);
AT(zest_report_row, listener_id, 16);
AT(zest_report_row, protocol, 24);
AT(zest_report_row, reuseport, 28);
AT(zest_report_row, backend, 32);
AT(zest_report_row, steering, 36);
AT(zest_report_row, cpu, 40);
AT(zest_report_row, numa_node, 44);
AT(zest_report_row, backlog_asked, 48);
AT(zest_report_row, backlog_effective, 52);
AT(zest_report_row, address, 56);
AT(zest_report_row, thread_name, 192);
AT(zest_report_row, note, 272);

static void the_numbers_of_the_abi_hold(void) {
  /* Enumerators are part of it. */
  CHECK(ZEST_TCP == 0 && ZEST_UDP == 1 && ZEST_UNIX == 2);
  CHECK(ZEST_DEFAULT == 0 && ZEST_ON == 1 && ZEST_OFF == 2);
  CHECK(ZEST_LISTENER_SINGLE == 1 && ZEST_LISTENER_JOIN == 2 && ZEST_LISTENER_ADOPT_FD == 4);
  CHECK(ZEST_SINGLE_LISTENER == 1 && ZEST_SHARDS == 2 && ZEST_NOTIFY_PIPE == 4);
  CHECK(ZEST_PIN_CPUS == 8);
  CHECK(ZEST_STEER_HASH == 0 && ZEST_STEER_CPU == 1 && ZEST_STEER_LESS_LOADED == 2);
  CHECK(ZEST_BACKEND_AUTO == 0 && ZEST_BACKEND_IO_URING == 1 && ZEST_BACKEND_EPOLL == 2);
  CHECK(ZEST_HEALTH_OK == 0 && ZEST_HEALTH_DEGRADED == 1 && ZEST_HEALTH_FAILED == 2);
  CHECK(ZEST_FAMILY_NONE == 0 && ZEST_FAMILY_UNIX == 1);
  CHECK(ZEST_FAMILY_IPV4 == 4 && ZEST_FAMILY_IPV6 == 6);
  CHECK(ZEST_FDS_PER_MESSAGE == 128);
}

/* What an INIT sets is the size, and the fd that means "none". */
static void the_initialisers_set_the_size(void) {
  const zest_socket_options options = ZEST_SOCKET_OPTIONS_INIT;
  const zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  const zest_settings settings = ZEST_SETTINGS_INIT;
  const zest_connection connection = ZEST_CONNECTION_INIT;
  const zest_receipt receipt = ZEST_RECEIPT_INIT;
  const zest_shard_stats shard = ZEST_SHARD_STATS_INIT;
  const zest_service_stats service = ZEST_SERVICE_STATS_INIT;
  const zest_report_row row = ZEST_REPORT_ROW_INIT;
  CHECK(options.struct_size == sizeof options && config.struct_size == sizeof config);
  CHECK(settings.struct_size == sizeof settings && receipt.struct_size == sizeof receipt);
  CHECK(connection.struct_size == sizeof connection && connection.fd == -1);
  CHECK(shard.struct_size == sizeof shard && row.struct_size == sizeof row);
  CHECK(service.struct_size == sizeof service);
  CHECK(service.total.struct_size == sizeof service.total);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(the_numbers_of_the_abi_hold);
  RUN(the_initialisers_set_the_size);
  return check_end();
}
