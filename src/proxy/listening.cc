#include "proxy/listening.h"

#include "net/listener.h"

namespace zest::proxy {
namespace {

net::Protocol protocol_of(const ListenerConfig& config) {
  if (!config.bind.is_ip()) return net::Protocol::local;
  return config.mode == Mode::udp ? net::Protocol::udp : net::Protocol::tcp;
}

Result<net::Bound> bind(const ListenerConfig& config, const sys::Address& address, bool reuseport) {
  const net::BindOptions options{.protocol = protocol_of(config), .reuseport = reuseport};
  auto bound = net::bind_socket(address, options);
  if (!bound || config.mode == Mode::udp) return bound;
  auto listens = sys::listen(bound->fd.get(), static_cast<int>(config.backlog));
  if (!listens) return fail(listens.error());
  return bound;
}

Result<void> make_room(const ListenerConfig& config, bool several) {
  if (several) return net::probe_port(config.bind, {.protocol = protocol_of(config)});
  if (config.bind.is_ip()) return {};
  auto removed = net::remove_stale_unix(config.bind);
  if (!removed) return fail(removed.error());
  return {};
}

// The old listeners of a reload are open until all the new ones are.
Error naming_holder(Error error, const ListenerConfig& wanted, const Setup& in_force) {
  if (error.status != Status::address_in_use || !wanted.bind.is_ip()) return error;
  for (const SharedListener& one : in_force.listeners) {
    const ListenerConfig& held = one.config;
    if (!held.bind.is_ip() || held.bind.port() != wanted.bind.port()) continue;
    if ((held.mode == Mode::udp) != (wanted.mode == Mode::udp)) continue;
    error.message.append(", by %s until now: reload without either first, or restart",
                         held.bind.format().c_str());
    break;
  }
  return error;
}

ListenerReport without_socket(const SharedListener& listener) {
  const ListenerConfig& config = listener.config;
  ListenerReport row{.index = listener.place->index,
                     .mode = config.mode,
                     .encrypted = config.tls.has_value(),
                     .note = {}};
  row.note.append("no socket: connections of id %lld are handed over",
                  static_cast<long long>(config.id));
  return row;
}

Result<ListenerReport> open_all(const SharedListener& listener, size_t index,
                                const Setups& setups) {
  const ListenerConfig& config = listener.config;
  if (config.bind.family() == AF_UNSPEC) return without_socket(listener);
  sys::Address address = config.bind;
  const bool several = setups.size() > 1 && address.is_ip();
  if (auto free = make_room(config, several); !free) return fail(free.error());
  ListenerReport row{.index = listener.place->index,
                     .address = address,
                     .mode = config.mode,
                     .encrypted = config.tls.has_value(),
                     .note = {}};
  if (!several && setups.size() > 1)
    row.note.append("one socket, since this address can't have one per worker");
  for (const auto& worker : setups) {
    auto bound = bind(config, address, several);
    if (!bound) return fail(bound.error());
    address = row.address = bound->address;
    row.backlog_effective = sys::accept_queue(bound->fd.get()).value_or(sys::AcceptQueue{}).most;
    if (!address.is_ip()) listener.place->path = std::move(bound->path);
    worker->listener(index).hold(std::move(bound->fd));
    ++row.sockets;
    if (!several) break;
  }
  return row;
}

}  // namespace

Result<ListenerReport> open_sockets(const SharedListener& listener, size_t index,
                                    const Setups& setups, const Setup* in_force) {
  auto row = open_all(listener, index, setups);
  if (!row && in_force) return fail(naming_holder(row.error(), listener.config, *in_force));
  return row;
}

}  // namespace zest::proxy
