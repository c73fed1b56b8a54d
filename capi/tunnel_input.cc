#include "capi/tunnel_input.h"

#include <bit>
#include <cstring>

#include "capi/sized.h"

namespace zest::capi {
namespace {

constexpr uint32_t threads_max = 1024;
constexpr uint32_t tunnels_max = 1 << 22;
constexpr uint32_t buffers_max = 32'768;
constexpr uint32_t buffer_size_min = 4096;
constexpr uint32_t buffer_size_max = 1 << 20;

constexpr uint32_t idle_timeout_ms = 600'000;
constexpr uint32_t end_timeout_ms = 30'000;

static_assert(ZEST_TUNNEL_PREREAD_MAX == tunnel::Preread::size_max);
static_assert(ZEST_TUNNEL_BACKEND_IO_URING == static_cast<int>(io::BackendKind::uring));
static_assert(ZEST_TUNNEL_BACKEND_EPOLL == static_cast<int>(io::BackendKind::epoll));
static_assert(ZEST_TUNNEL_SOCKMAP == static_cast<int>(tunnel::EngineChoice::sockmap));

Result<void> check(bool good, const char* field, uint32_t value) {
  if (good) return {};
  return fail(Status::invalid_argument, "%s is %u", field, value);
}

Result<void> check(const zest_tunnel_settings& given) {
  if (auto ok =
          check_flags(given.flags, ZEST_TUNNEL_SERVICE_FLAGS_ALL, "zest_tunnel_settings.flags");
      !ok)
    return ok;
  if (auto ok = check(given.threads <= threads_max, "threads", given.threads); !ok) return ok;
  if (auto ok = check(given.tunnels <= tunnels_max, "tunnels", given.tunnels); !ok) return ok;
  if (auto ok = check(given.buffers == 0 ||
                          (given.buffers <= buffers_max && std::has_single_bit(given.buffers)),
                      "buffers", given.buffers);
      !ok)
    return ok;
  if (auto ok = check(given.buffer_size == 0 || (given.buffer_size >= buffer_size_min &&
                                                 given.buffer_size <= buffer_size_max),
                      "buffer_size", given.buffer_size);
      !ok)
    return ok;
  if (auto ok =
          check_choice(given.backend, ZEST_TUNNEL_BACKEND_EPOLL, "zest_tunnel_settings.backend");
      !ok)
    return ok;
  return check_reserved(given.reserved, "zest_tunnel_settings.reserved");
}

// As C says it: 0 is the default, the most is no limit. The engine: 0 is no limit.
uint32_t deadline(uint32_t given_ms, uint32_t default_ms) {
  if (given_ms == ZEST_TUNNEL_NEVER) return 0;
  return given_ms ? given_ms : default_ms;
}

Result<void> copy(const void* bytes, size_t size, const char* name, tunnel::Preread& into) {
  if (size == 0) return {};
  if (!bytes) return fail(Status::null_argument, "%s is NULL and its size is not 0", name);
  if (size > tunnel::Preread::size_max)
    return fail(Status::invalid_argument, "%s: %zu bytes, at most %zu", name, size,
                tunnel::Preread::size_max);
  into.bytes = std::make_unique<std::byte[]>(size);
  into.size = size;
  memcpy(into.bytes.get(), bytes, size);
  return {};
}

}  // namespace

Result<tunnel::ServiceConfig> read_tunnel_settings(const zest_tunnel_settings* settings) {
  tunnel::ServiceConfig config;
  if (!settings) return config;
  const auto given = read_sized(settings, sizeof(zest_tunnel_settings), "zest_tunnel_settings");
  if (!given) return fail(given.error());
  if (auto good = check(*given); !good) return fail(good.error());
  config.threads = given->threads;
  if (given->tunnels) config.tunnels = given->tunnels;
  if (given->buffers) config.buffers = given->buffers;
  if (given->buffer_size) config.buffer_size = given->buffer_size;
  config.backend = static_cast<io::BackendKind>(given->backend);
  config.sockmap = (given->flags & ZEST_TUNNEL_LOAD_SOCKMAP) != 0;
  if (given->flags & ZEST_TUNNEL_PIPE) config.notifier = sys::Notifier::Kind::pipe;
  return config;
}

Result<void> read_tunnel_options(const zest_tunnel_options* options, tunnel::Request& request) {
  constexpr zest_tunnel_options defaults = ZEST_TUNNEL_OPTIONS_INIT;
  const auto given =
      read_sized(options ? options : &defaults, sizeof(zest_tunnel_options), "zest_tunnel_options");
  if (!given) return fail(given.error());
  if (auto ok = check_flags(given->flags, ZEST_TUNNEL_FLAGS_ALL, "zest_tunnel_options.flags"); !ok)
    return ok;
  if (auto ok = check_choice(given->engine, ZEST_TUNNEL_SOCKMAP, "zest_tunnel_options.engine"); !ok)
    return ok;
  request.limits = {.idle_timeout_ms = deadline(given->idle_timeout_ms, idle_timeout_ms),
                    .total_timeout_ms = deadline(given->total_timeout_ms, 0),
                    .end_timeout_ms = deadline(given->end_timeout_ms, end_timeout_ms)};
  request.choice = static_cast<tunnel::EngineChoice>(given->engine);
  request.context = given->context;
  request.silent = (given->flags & ZEST_TUNNEL_SILENT) != 0;
  if (auto done = copy(given->preread_a, given->preread_a_size, "preread_a", request.preread[0]);
      !done)
    return done;
  return copy(given->preread_b, given->preread_b_size, "preread_b", request.preread[1]);
}

}  // namespace zest::capi
