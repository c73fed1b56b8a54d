#include "capi/listen_input.h"

#include "capi/adopted_fds.h"
#include "capi/sized.h"

namespace zest::capi {
namespace {

// A three-way switch of zest/acceptor.h.
Result<bool> read_switch(uint32_t value, bool by_default, const char* name) {
  if (value > ZEST_OFF)
    return fail(Status::invalid_argument, "%s is %u: not a switch", name, value);
  return value == ZEST_DEFAULT ? by_default : value == ZEST_ON;
}

// The kernel takes these as int.
Result<void> check_ranges(const zest_socket_options& options) {
  const struct {
    uint32_t value;
    const char* name;
  } numbers[] = {{options.keepalive_idle_s, "keepalive_idle_s"},
                 {options.keepalive_interval_s, "keepalive_interval_s"},
                 {options.keepalive_count, "keepalive_count"},
                 {options.receive_buffer, "receive_buffer"},
                 {options.send_buffer, "send_buffer"},
                 {options.defer_accept_s, "defer_accept_s"},
                 {options.fast_open_queue, "fast_open_queue"},
                 {options.busy_poll_us, "busy_poll_us"}};
  for (const auto& [value, name] : numbers)
    if (value > INT32_MAX)
      return fail(Status::invalid_argument, "%s is %u, at most %d", name, value, INT32_MAX);
  return {};
}

Result<net::SocketOptions> read_options(const zest_socket_options* from) {
  auto options = read_sized(from, sizeof(zest_socket_options), "zest_socket_options");
  if (!options) return fail(options.error());
  const auto nodelay = read_switch(options->nodelay, true, "nodelay");
  const auto keepalive = read_switch(options->keepalive, false, "keepalive");
  const auto v6only = read_switch(options->v6only, false, "v6only");
  const auto transparent = read_switch(options->transparent, false, "transparent");
  for (const auto* given : {&nodelay, &keepalive, &v6only, &transparent})
    if (!*given) return fail(given->error());
  if (auto checked = check_ranges(*options); !checked) return fail(checked.error());
  net::SocketOptions read{.nodelay = *nodelay,
                          .keepalive = *keepalive,
                          .keepalive_idle_s = options->keepalive_idle_s,
                          .keepalive_interval_s = options->keepalive_interval_s,
                          .keepalive_count = options->keepalive_count,
                          .receive_buffer = options->receive_buffer,
                          .send_buffer = options->send_buffer,
                          .defer_accept_s = options->defer_accept_s,
                          .fast_open_queue = options->fast_open_queue,
                          .busy_poll_us = options->busy_poll_us,
                          .transparent = *transparent};
  if (options->v6only != ZEST_DEFAULT) read.v6only = *v6only;
  return read;
}

std::unexpected<Error> bad_listener(uint64_t id, const Error& why) {
  return fail(why.status, "listener %llu: %s", static_cast<unsigned long long>(id),
              why.message.c_str());
}

// What is wrong with the numbers of a listener.
Result<void> check_config(const zest_listener_config& from, const Fd& adopted) {
  const bool adopts = (from.flags & ZEST_LISTENER_ADOPT_FD) != 0;
  if (from.flags & ~uint32_t{ZEST_LISTENER_FLAGS_ALL})
    return fail(Status::unsupported, "flags 0x%x: this libzest does not know all of them",
                from.flags);
  if (from.reserved != 0) return fail(Status::unsupported, "reserved must be 0");
  if (from.protocol > ZEST_UNIX)
    return fail(Status::invalid_argument, "unknown protocol %u", from.protocol);
  if (from.unix_mode > 07777)
    return fail(Status::invalid_argument, "unix_mode 0%o is no set of permissions", from.unix_mode);
  if (!from.address && !adopts) return fail(Status::null_argument, "address is NULL");
  if (adopts && from.fd >= 0 && !adopted.valid())
    return fail(Status::invalid_argument, "fd %d is adopted by two listeners", from.fd);
  return {};
}

net::Protocol protocol_of(uint32_t protocol) {
  if (protocol == ZEST_UDP) return net::Protocol::udp;
  return protocol == ZEST_UNIX ? net::Protocol::local : net::Protocol::tcp;
}

Result<acceptor::ListenerConfig> read_config(const zest_listener_config& from, Fd adopted) {
  if (auto checked = check_config(from, adopted); !checked)
    return bad_listener(from.listener_id, checked.error());
  acceptor::ListenerConfig config{.id = from.listener_id,
                                  .address = from.address ? from.address : "",
                                  .protocol = protocol_of(from.protocol),
                                  .single = (from.flags & ZEST_LISTENER_SINGLE) != 0,
                                  .join = (from.flags & ZEST_LISTENER_JOIN) != 0,
                                  .unix_mode = from.unix_mode};
  if (from.flags & ZEST_LISTENER_ADOPT_FD) config.adopted = std::move(adopted);
  if (from.socket_options) {
    auto options = read_options(from.socket_options);
    if (!options) return bad_listener(from.listener_id, options.error());
    config.socket = *options;
  }
  return config;
}

Result<io::BackendKind> read_backend(uint32_t backend) {
  switch (backend) {
    case ZEST_BACKEND_AUTO: return io::BackendKind::automatic;
    case ZEST_BACKEND_IO_URING: return io::BackendKind::uring;
    case ZEST_BACKEND_EPOLL: return io::BackendKind::epoll;
    default:
      return fail(Status::invalid_argument,
                  "zest_settings.backend is %u: not one of ZEST_BACKEND_...", backend);
  }
}

Result<acceptor::Steering> read_steering(uint32_t steering) {
  switch (steering) {
    case ZEST_STEER_HASH: return acceptor::Steering::hash;
    case ZEST_STEER_CPU: return acceptor::Steering::cpu;
    case ZEST_STEER_LESS_LOADED: return acceptor::Steering::less_loaded;
    default:
      return fail(Status::invalid_argument,
                  "zest_settings.steering is %u: not one of ZEST_STEER_...", steering);
  }
}

}  // namespace

Result<std::vector<acceptor::ListenerConfig>> read_configs(const zest_listener_config* configs,
                                                           size_t count) {
  if (count > acceptor::listeners_max)
    return fail(Status::invalid_argument, "%zu listeners, at most %u", count,
                acceptor::listeners_max);
  AdoptedFds fds(configs, count);
  std::vector<acceptor::ListenerConfig> read;
  for (size_t i = 0; i < count; ++i) {
    Fd fd = fds.take_next();
    const zest_listener_config* from = element(configs, i);
    if (from->struct_size != configs->struct_size)
      return fail(Status::unsupported,
                  "listener at index %zu has another struct_size than the first", i);
    auto sized = read_sized(from, sizeof(zest_listener_config), "zest_listener_config");
    if (!sized)
      return fail(Status::unsupported, "listener at index %zu: %s", i,
                  sized.error().message.c_str());
    auto config = read_config(*sized, std::move(fd));
    if (!config) return fail(config.error());
    read.push_back(std::move(*config));
  }
  return read;
}

Result<acceptor::Settings> read_settings(const zest_settings* from) {
  if (!from) return acceptor::Settings{};
  auto settings = read_sized(from, sizeof(zest_settings), "zest_settings");
  if (!settings) return fail(settings.error());
  if (settings->flags & ~uint32_t{ZEST_SETTINGS_FLAGS_ALL})
    return fail(Status::unsupported,
                "zest_settings.flags 0x%x: this libzest does not know all of them",
                settings->flags);
  if (settings->reserved != 0) return fail(Status::unsupported, "zest_settings.reserved must be 0");
  const auto backend = read_backend(settings->backend);
  if (!backend) return fail(backend.error());
  const auto steering = read_steering(settings->steering);
  if (!steering) return fail(steering.error());
  acceptor::Settings read{.single_listener = (settings->flags & ZEST_SINGLE_LISTENER) != 0,
                          .shards = (settings->flags & ZEST_SHARDS) != 0,
                          .notify_pipe = (settings->flags & ZEST_NOTIFY_PIPE) != 0,
                          .pin_cpus = (settings->flags & ZEST_PIN_CPUS) != 0,
                          .threads_per_address = settings->threads_per_address,
                          .backlog = settings->backlog,
                          .steering = *steering,
                          .backend = *backend};
  if (settings->backlog > INT32_MAX)
    return fail(Status::invalid_argument, "zest_settings.backlog is %u, at most %d",
                settings->backlog, INT32_MAX);
  if (settings->queue_capacity > 0) read.queue_capacity = settings->queue_capacity;
  if (settings->socket_options) {
    auto options = read_options(settings->socket_options);
    if (!options) return fail(options.error());
    read.socket = *options;
  }
  return read;
}

}  // namespace zest::capi
