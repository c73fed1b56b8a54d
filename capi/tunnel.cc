#include <zest/tunnel.h>

#include <array>
#include <memory>
#include <optional>

#include "capi/guard.h"
#include "capi/sized.h"
#include "capi/tunnel_input.h"
#include "sys/fork_mark.h"
#include "tunnel/service.h"

using namespace zest;
using namespace zest::capi;

struct zest_tunnel_service {
  explicit zest_tunnel_service(sys::ForkMark mark) : fork_mark(std::move(mark)) {}

  const sys::ForkMark fork_mark;
  std::unique_ptr<tunnel::Service> engine;
};

namespace {

constexpr size_t batch_max = 64;
constexpr int32_t shutdown_ms = 30'000;

static_assert(ZEST_TUNNEL_DONE == static_cast<int>(tunnel::End::done));
static_assert(ZEST_TUNNEL_B_BROKEN == static_cast<int>(tunnel::End::b_broken));
static_assert(ZEST_TUNNEL_END_TIMEOUT == static_cast<int>(tunnel::End::end_timeout));
static_assert(ZEST_TUNNEL_MISMATCH == static_cast<int>(tunnel::End::mismatch));

// A call through a handle, for as long as it is inside; and what it may answer before it begins.
struct Call {
  explicit Call(const zest_tunnel_service* service) {
    if (!service) return;
    inside.emplace(service->engine->calls());
    status = service->fork_mark.forked() ? ZEST_FORKED : ZEST_OK;
  }

  std::optional<Calls::Inside> inside;
  zest_status status = ZEST_NULL_ARGUMENT;
};

zest_tunnel_end end_of(const tunnel::Ending& from) {
  return {.end = static_cast<uint32_t>(from.ended.end),
          .id = from.id,
          .context = from.context,
          .bytes_a_to_b = from.ended.bytes[0],
          .bytes_b_to_a = from.ended.bytes[1],
          .began_ns = from.began_ns,
          .duration_ns = from.duration_ns,
          .os_errno = from.ended.error};
}

zest_tunnel_stats stats_of(const tunnel::ServiceSnapshot& now) {
  const tunnel::ServiceTotals& totals = now.totals;
  zest_tunnel_stats stats{.threads = now.threads,
                          .backend = static_cast<uint32_t>(now.backend),
                          .sockmap = now.sockmap,
                          .open = now.open,
                          .waiting = now.waiting,
                          .joined = totals.joined,
                          .refused = totals.refused,
                          .shed = totals.shed,
                          .bytes_a_to_b = totals.bytes[0],
                          .bytes_b_to_a = totals.bytes[1]};
  static_assert(sizeof stats.ends == sizeof totals.ends);
  std::ranges::copy(totals.ends, stats.ends);
  static_assert(sizeof stats.note == 256);
  memcpy(stats.note, now.note.c_str(), now.note.view().size() + 1);
  make_utf8(stats.note, now.note.view().size());
  return stats;
}

zest_status take(const zest_tunnel_service* service, zest_tunnel_end* out, size_t capacity,
                 size_t* count, int32_t timeout_ms) {
  std::array<tunnel::Ending, batch_max> taken;
  size_t got = 0;
  const Status status =
      service->engine->next(std::span(taken).first(std::min(capacity, batch_max)), got, timeout_ms);
  if (status != Status::ok) return status_of(status);
  const uint32_t stride = out->struct_size;
  for (size_t i = 0; i < got; ++i) {
    zest_tunnel_end* into = element(out, i);
    into->struct_size = stride;
    write_sized(into, end_of(taken[i]));
  }
  *count = got;
  return ZEST_OK;
}

// Of one tunnel, by its id.
template <typename Ask>
zest_status ask(const zest_tunnel_service* service, Ask asked) {
  const Call call(service);
  if (call.status != ZEST_OK) return call.status;
  return guard([&] { return asked(*service->engine) ? ZEST_OK : ZEST_INVALID_ARGUMENT; });
}

}  // namespace

zest_status zest_tunnel_service_start(const zest_tunnel_settings* settings,
                                      zest_tunnel_service** service, zest_error* error) {
  if (!service) return report(Status::null_argument, "service must not be NULL", error);
  return guard(error, [&]() -> zest_status {
    const auto config = read_tunnel_settings(settings);
    if (!config) return capi::report(config.error(), error);
    auto mark = sys::ForkMark::create();
    if (!mark) return capi::report(mark.error(), error);
    auto handle = std::make_unique<zest_tunnel_service>(std::move(*mark));
    auto engine = tunnel::Service::start(*config);
    if (!engine) return capi::report(engine.error(), error);
    handle->engine = std::move(*engine);
    *service = handle.release();
    return ZEST_OK;
  });
}

zest_status zest_tunnel_join(const zest_tunnel_service* service, int32_t a, int32_t b,
                             const zest_tunnel_options* options, uint64_t* id, zest_error* error) {
  tunnel::Request request;  // whatever else is wrong, the fds are taken
  request.sides = {Fd(a < 0 ? -1 : a), Fd(b < 0 || b == a ? -1 : b)};
  const Call call(service);
  if (call.status != ZEST_OK) return not_usable(call.status, "service", error);
  return guard(error, [&]() -> zest_status {
    if (auto read = read_tunnel_options(options, request); !read)
      return capi::report(read.error(), error);
    const auto joined = service->engine->join(std::move(request));
    if (!joined) return capi::report(joined.error(), error);
    if (id) *id = *joined;
    return ZEST_OK;
  });
}

zest_status zest_tunnel_cancel(const zest_tunnel_service* service, uint64_t id) {
  return ask(service, [id](tunnel::Service& engine) { return engine.cancel(id); });
}

zest_status zest_tunnel_drain(const zest_tunnel_service* service, uint64_t id) {
  return ask(service, [id](tunnel::Service& engine) { return engine.drain(id); });
}

zest_status zest_tunnel_next(const zest_tunnel_service* service, zest_tunnel_end* out,
                             size_t capacity, size_t* count, int32_t timeout_ms) {
  const Call call(service);
  if (call.status != ZEST_OK) return call.status;
  if (!out || !count) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_tunnel_end))) return ZEST_UNSUPPORTED;
  if (capacity == 0) return ZEST_INVALID_ARGUMENT;
  return guard([&] { return take(service, out, capacity, count, timeout_ms); });
}

zest_status zest_tunnel_event_fd(const zest_tunnel_service* service, int32_t* fd) {
  const Call call(service);
  if (call.status != ZEST_OK) return call.status;
  if (!fd) return ZEST_NULL_ARGUMENT;
  *fd = service->engine->event_fd();
  return ZEST_OK;
}

zest_status zest_tunnel_service_shutdown(const zest_tunnel_service* service, int32_t timeout_ms,
                                         zest_tunnel_receipt* receipt) {
  const Call call(service);
  if (call.status != ZEST_OK) return call.status;
  if (receipt && !can_write(receipt, sizeof(zest_tunnel_receipt))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    const auto done = service->engine->shutdown(timeout_ms < 0 ? shutdown_ms : timeout_ms);
    if (receipt)
      write_sized(receipt, {.complete = done.complete,
                            .finished = done.finished,
                            .cut = done.cut,
                            .duration_ns = static_cast<uint64_t>(done.duration_ns)});
    return done.complete ? ZEST_OK : ZEST_TIMED_OUT;
  });
}

zest_status zest_tunnel_service_cut(const zest_tunnel_service* service) {
  return ask(service, [](tunnel::Service& engine) {
    engine.cut();
    return true;
  });
}

zest_status zest_tunnel_service_free(zest_tunnel_service** service) {
  if (!service) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    // In a child its threads are not there to be joined.
    if (*service && !(*service)->fork_mark.forked()) delete *service;
    *service = nullptr;
    return ZEST_OK;
  });
}

zest_status zest_tunnel_stats_get(const zest_tunnel_service* service, zest_tunnel_stats* out) {
  const Call call(service);
  if (call.status != ZEST_OK) return call.status;
  if (!out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_tunnel_stats))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    write_sized(out, stats_of(service->engine->snapshot()));
    return ZEST_OK;
  });
}
