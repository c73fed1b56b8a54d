#include <zest/acceptor.h>

#include <array>

#include "acceptor/fd_passing.h"
#include "capi/address.h"
#include "capi/connection.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "capi/listen_input.h"
#include "capi/sized.h"

using namespace zest;
using namespace zest::capi;

namespace {

constexpr size_t batch_max = 256;

// What a call through a handle may answer before it begins.
zest_status usable(const zest_service* service) {
  if (!service) return ZEST_NULL_ARGUMENT;
  return service->engine->forked() ? ZEST_FORKED : ZEST_OK;
}

bool writable(const zest_connection* out) { return can_write(out, sizeof(zest_connection)); }

// Takes with `next` and writes what came. `capacity` is for the caller's array.
template <typename Next>
zest_status take(const zest_service* service, zest_connection* out, size_t capacity, size_t* count,
                 Next next) {
  std::array<acceptor::Accepted, batch_max> taken;
  size_t got = 0;
  const Status status = next(std::span(taken).first(std::min(capacity, batch_max)), got);
  if (status != Status::ok) return status_of(status);
  for (size_t i = 0; i < got; ++i) {
    zest_connection* into = element(out, i);
    into->struct_size = out->struct_size;
    write_connection(taken[i], service->engine->socket(taken[i].listener), *into);
    clear_unknown(into);
  }
  *count = got;
  return taken[0].is_news() ? ZEST_LISTENER_FAILED : ZEST_OK;
}

template <typename Next>
zest_status checked_take(const zest_service* service, zest_connection* out, size_t capacity,
                         size_t* count, Next next) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  if (!out || !count) return ZEST_NULL_ARGUMENT;
  if (!writable(out)) return ZEST_UNSUPPORTED;
  if (capacity == 0) return ZEST_INVALID_ARGUMENT;
  return guard([&] { return take(service, out, capacity, count, next); });
}

}  // namespace

zest_status zest_listen(const zest_listener_config* configs, size_t count,
                        const zest_settings* settings, zest_service** service, zest_report** report,
                        zest_error* error) {
  if (report) *report = nullptr;
  if (!configs && count > 0)
    return capi::report(Status::null_argument, "configs must not be NULL", error);
  return guard(error, [&]() -> zest_status {
    // Its fds are taken first, so that they are closed whatever else is wrong.
    auto read = read_configs(configs, count);
    if (!read) return capi::report(read.error(), error);
    if (!service) return capi::report(Status::null_argument, "service must not be NULL", error);
    const auto wanted = read_settings(settings);
    if (!wanted) return capi::report(wanted.error(), error);
    auto handle = std::make_unique<zest_service>();
    auto rows = std::make_unique<zest_report>();
    auto started = acceptor::Service::start(std::move(*read), *wanted, rows->engine);
    if (report && !rows->engine.rows.empty()) *report = rows.release();
    if (!started) return capi::report(started.error(), error);
    handle->engine = std::move(*started);
    *service = handle.release();
    return ZEST_OK;
  });
}

zest_status zest_next(const zest_service* service, zest_connection* out, int32_t timeout_ms) {
  size_t count = 0;
  return zest_next_batch(service, out, 1, &count, timeout_ms);
}

zest_status zest_next_batch(const zest_service* service, zest_connection* out, size_t capacity,
                            size_t* count, int32_t timeout_ms) {
  return checked_take(service, out, capacity, count, [=](auto into, size_t& got) {
    return service->engine->next(into, got, timeout_ms);
  });
}

zest_status zest_shard_next(const zest_service* service, uint32_t shard, zest_connection* out,
                            int32_t timeout_ms) {
  size_t count = 0;
  return zest_shard_next_batch(service, shard, out, 1, &count, timeout_ms);
}

zest_status zest_shard_next_batch(const zest_service* service, uint32_t shard, zest_connection* out,
                                  size_t capacity, size_t* count, int32_t timeout_ms) {
  return checked_take(service, out, capacity, count, [=](auto into, size_t& got) {
    return service->engine->shard_next(shard, into, got, timeout_ms);
  });
}

zest_status zest_shard_count(const zest_service* service, uint32_t* count) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  if (!count) return ZEST_NULL_ARGUMENT;
  *count = service->engine->shard_count();
  return ZEST_OK;
}

zest_status zest_shard_set_load(const zest_service* service, uint32_t shard, uint32_t load) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  return status_of(service->engine->set_load(shard, load));
}

zest_status zest_service_event_fd(const zest_service* service, int32_t* fd) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  if (!fd) return ZEST_NULL_ARGUMENT;
  return status_of(service->engine->event_fd(*fd));
}

zest_status zest_shard_event_fd(const zest_service* service, uint32_t shard, int32_t* fd) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  if (!fd) return ZEST_NULL_ARGUMENT;
  return status_of(service->engine->shard_event_fd(shard, *fd));
}

zest_status zest_shutdown(const zest_service* service, int32_t timeout_ms, zest_receipt* receipt) {
  const zest_status ready = usable(service);
  if (ready != ZEST_OK) return ready;
  if (receipt && !can_write(receipt, sizeof(zest_receipt))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    acceptor::Receipt done;
    const Status status = service->engine->shutdown(timeout_ms, done);
    if (receipt)
      write_sized(receipt, {.complete = done.complete,
                            .accepted = done.accepted,
                            .handed_over = done.handed_over,
                            .in_queue = done.in_queue,
                            .refused = done.refused,
                            .left_in_kernel = done.left_in_kernel,
                            .duration_ns = done.duration_ns});
    return status_of(status);
  });
}

zest_status zest_service_free(zest_service** service) {
  if (!service) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    delete *service;
    *service = nullptr;
    return ZEST_OK;
  });
}

namespace {

acceptor::PassedAddress passed(const zest_address& from) {
  acceptor::PassedAddress address{
      .family = from.family, .port = from.port, .scope_id = from.scope_id};
  memcpy(address.ip, from.ip, sizeof address.ip);
  // Beyond what counts, the caller's struct may hold anything: not for another process to see.
  address.path_size = std::min<uint32_t>(from.path_size, sizeof address.path);
  if (from.family != ZEST_FAMILY_UNIX) address.path_size = 0;
  memcpy(address.path, from.path, address.path_size);
  return address;
}

zest_address unpassed(const acceptor::PassedAddress& from) {
  zest_address address{.family = from.family,
                       .port = from.port,
                       .scope_id = from.scope_id,
                       .path_size = from.path_size};
  memcpy(address.ip, from.ip, sizeof address.ip);
  memcpy(address.path, from.path, sizeof address.path);
  return address;
}

int64_t deadline(int32_t timeout_ms) {
  return deadline_after_ms(SystemClock().now_ns(), timeout_ms);
}

Result<void> send_one_message(int socket, const zest_connection* first, size_t begin, size_t count,
                              int64_t deadline_ns) {
  std::array<acceptor::PassedRecord, acceptor::passed_max> records;
  std::array<int, acceptor::passed_max> fds;
  for (size_t i = 0; i < count; ++i) {
    const zest_connection& from = *element(first, begin + i);
    if (from.fd < 0)
      return fail(Status::invalid_argument, "connection at index %zu has no fd", begin + i);
    records[i] = {.listener_id = from.listener_id,
                  .accepted_at_ns = from.accepted_at_ns,
                  .protocol = from.protocol,
                  .shard = from.shard,
                  .local = passed(from.local),
                  .remote = passed(from.remote)};
    fds[i] = from.fd;
  }
  return acceptor::send_connections(socket, std::span(records).first(count),
                                    std::span(fds).first(count), deadline_ns);
}

}  // namespace

zest_status zest_send_fds(int32_t unix_socket, const zest_connection* connections, size_t count,
                          size_t* sent, int32_t timeout_ms, zest_error* error) {
  if ((!connections && count > 0) || !sent)
    return report(Status::null_argument, "connections and sent must not be NULL", error);
  *sent = 0;
  if (count > 0 && !writable(connections))
    return report(Status::unsupported, "zest_connection.struct_size is too small", error);
  return guard(error, [&]() -> zest_status {
    const int64_t deadline_ns = deadline(timeout_ms);
    while (*sent < count) {
      const size_t now = std::min(count - *sent, acceptor::passed_max);
      const auto done = send_one_message(unix_socket, connections, *sent, now, deadline_ns);
      if (!done) return report(done.error(), error);
      *sent += now;
    }
    return ZEST_OK;
  });
}

zest_status zest_recv_fds(int32_t unix_socket, zest_connection* out, size_t capacity, size_t* count,
                          int32_t timeout_ms, zest_error* error) {
  if (!out || !count) return report(Status::null_argument, "out and count must not be NULL", error);
  if (!writable(out))
    return report(Status::unsupported, "zest_connection.struct_size is too small", error);
  if (capacity < ZEST_FDS_PER_MESSAGE)
    return report(Status::invalid_argument, "capacity must be at least ZEST_FDS_PER_MESSAGE",
                  error);
  return guard(error, [&]() -> zest_status {
    std::array<acceptor::PassedRecord, acceptor::passed_max> records;
    std::array<int, acceptor::passed_max> fds;
    const auto got = acceptor::receive_connections(unix_socket, records, fds, deadline(timeout_ms));
    if (!got) return report(got.error(), error);
    for (size_t i = 0; i < *got; ++i) {
      zest_connection* into = element(out, i);
      into->struct_size = out->struct_size;
      write_sized(into, {.fd = fds[i],
                         .listener_id = records[i].listener_id,
                         .protocol = records[i].protocol,
                         .shard = records[i].shard,
                         .accepted_at_ns = records[i].accepted_at_ns,
                         .local = unpassed(records[i].local),
                         .remote = unpassed(records[i].remote)});
    }
    *count = *got;
    return ZEST_OK;
  });
}
