'use strict';
// libzest and libzest-proxy by koffi: as much of zest/acceptor.h and zest/proxy.h as host.js needs,
// written out as in the headers. The libraries are $ZEST_LIB and $ZEST_PROXY_LIB, else where the system
// finds them.
const koffi = require('koffi');

const zest = koffi.load(process.env.ZEST_LIB || 'libzest.so.1');
const zestProxy = koffi.load(process.env.ZEST_PROXY_LIB || 'libzest-proxy.so.1');

const counters = (...names) => Object.fromEntries(names.map((name) => [name, 'uint64_t']));

koffi.opaque('zest_service');
koffi.opaque('zest_report');
koffi.opaque('zest_proxy');
const types = {
  error: koffi.struct('zest_error', { code: 'int32_t', os_errno: 'int32_t', message: koffi.array('char', 256) }),
  address: koffi.struct('zest_address', {
    family: 'uint16_t', port: 'uint16_t', scope_id: 'uint32_t', ip: koffi.array('uint8_t', 16),
    path_size: 'uint32_t', path: koffi.array('uint8_t', 108),
  }),
  listenerConfig: koffi.struct('zest_listener_config', {
    struct_size: 'uint32_t', flags: 'uint32_t', listener_id: 'uint64_t', address: 'const char *',
    protocol: 'uint32_t', fd: 'int32_t', unix_mode: 'uint32_t', reserved: 'uint32_t', socket_options: 'void *',
  }),
  settings: koffi.struct('zest_settings', {
    struct_size: 'uint32_t', flags: 'uint32_t', threads_per_address: 'uint32_t', backlog: 'uint32_t',
    queue_capacity: 'uint32_t', steering: 'uint32_t', backend: 'uint32_t', reserved: 'uint32_t',
    socket_options: 'void *',
  }),
  connection: koffi.struct('zest_connection', {
    struct_size: 'uint32_t', fd: 'int32_t', listener_id: 'uint64_t', protocol: 'uint32_t', shard: 'uint32_t',
    accepted_at_ns: 'int64_t', os_errno: 'int32_t', reserved: 'uint32_t', local: 'zest_address',
    remote: 'zest_address',
  }),
  receipt: koffi.struct('zest_receipt', {
    struct_size: 'uint32_t', complete: 'uint32_t',
    ...counters('accepted', 'handed_over', 'in_queue', 'refused', 'left_in_kernel', 'duration_ns'),
  }),
  reportRow: koffi.struct('zest_report_row', {
    struct_size: 'uint32_t', status: 'int32_t', os_errno: 'int32_t', shard: 'uint32_t', listener_id: 'uint64_t',
    protocol: 'uint32_t', reuseport: 'uint32_t', backend: 'uint32_t', steering: 'uint32_t', cpu: 'int32_t',
    numa_node: 'int32_t', backlog_asked: 'uint32_t', backlog_effective: 'uint32_t', address: 'zest_address',
    thread_name: koffi.array('char', 80), note: koffi.array('char', 256),
  }),
  proxyConfig: koffi.struct('zest_proxy_config', {
    struct_size: 'uint32_t', reserved: 'uint32_t', text: 'const char *', text_size: 'size_t',
    name: 'const char *', path: 'const char *', log: 'void *', log_context: 'void *',
  }),
  proxyReceipt: koffi.struct('zest_proxy_receipt', {
    struct_size: 'uint32_t', complete: 'uint32_t',
    ...counters('finished', 'closed_idle', 'tunnels', 'forced', 'duration_ns'),
  }),
  proxyStats: koffi.struct('zest_proxy_stats', {
    struct_size: 'uint32_t', workers: 'uint32_t',
    ...counters('connections', 'active', 'idle_links', 'tunnels_open', 'buffers', 'buffers_free', 'accept_queue',
      'connections_accepted', 'connections_closed', 'connections_reset', 'requests'),
    answers: koffi.array('uint64_t', 6, 'Array'),
    ...counters('bytes_from_clients', 'bytes_to_clients', 'bytes_from_origins', 'bytes_to_origins', 'timeouts',
      'limits', 'upstream_connects', 'upstream_connect_failures', 'upstream_reused', 'upstream_retries',
      'accept_errors', 'tunnels', 'handshakes', 'handshakes_failed'),
  }),
};

// A struct that begins with its size; what is left out is zero.
const sized = (type, fields = {}) => ({ struct_size: koffi.sizeof(type), ...fields });

const calls = {
  statusString: zest.func('const char *zest_status_string(int32_t status)'),
  addressFormat: zest.func('int32_t zest_address_format(const zest_address *address, _Out_ char *text, size_t size)'),
  listen: zest.func('int32_t zest_listen(const zest_listener_config *configs, size_t count, ' +
    'const zest_settings *settings, _Out_ zest_service **service, _Out_ zest_report **report, ' +
    '_Out_ zest_error *error)'),
  nextBatch: zest.func('int32_t zest_next_batch(zest_service *service, void *out, size_t capacity, ' +
    '_Out_ size_t *count, int32_t timeout_ms)'),
  eventFd: zest.func('int32_t zest_service_event_fd(zest_service *service, _Out_ int32_t *fd)'),
  shutdown: zest.func('int32_t zest_shutdown(zest_service *service, int32_t timeout_ms, ' +
    '_Inout_ zest_receipt *receipt)'),
  serviceFree: zest.func('int32_t zest_service_free(_Inout_ zest_service **service)'),
  reportCount: zest.func('int32_t zest_report_count(zest_report *report, _Out_ size_t *count)'),
  reportRow: zest.func('int32_t zest_report_row_get(zest_report *report, size_t index, ' +
    '_Inout_ zest_report_row *out)'),
  reportFree: zest.func('int32_t zest_report_free(_Inout_ zest_report **report)'),
  proxyStart: zestProxy.func('int32_t zest_proxy_start(const zest_proxy_config *config, ' +
    '_Out_ zest_proxy **proxy, void *said, _Out_ zest_error *error)'),
  proxyServe: zestProxy.func('int32_t zest_proxy_serve(zest_proxy *proxy, int32_t fd, uint64_t listener_id, ' +
    '_Out_ zest_error *error)'),
  proxyDrain: zestProxy.func('int32_t zest_proxy_drain(zest_proxy *proxy, int32_t timeout_ms, ' +
    '_Inout_ zest_proxy_receipt *receipt)'),
  proxyStats: zestProxy.func('int32_t zest_proxy_stats_get(zest_proxy *proxy, _Inout_ zest_proxy_stats *out)'),
  proxyFree: zestProxy.func('int32_t zest_proxy_free(_Inout_ zest_proxy **proxy)'),
  fcntl: koffi.load('libc.so.6').func('int fcntl(int fd, int command, ...)'),
};

const OK = 0, TIMED_OUT = 1, CLOSED = 2, LISTENER_FAILED = 3;

// Throws for what is no everyday answer.
function check(status, error) {
  if (status === OK) return;
  const said = error && error.message ? `: ${error.message}` : '';
  throw new Error(calls.statusString(status) + said);
}

module.exports = { koffi, types, calls, sized, check, OK, TIMED_OUT, CLOSED, LISTENER_FAILED };
