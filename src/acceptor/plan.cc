#include "acceptor/plan.h"

#include <sys/socket.h>

#include <cerrno>
#include <unordered_set>

#include "sys/socket.h"

namespace zest::acceptor {
namespace {

unsigned long long printable(uint64_t id) { return id; }

Result<void> check_one(const ListenerConfig& config) {
  if (config.adopted) {
    if (config.adopted->valid()) return {};
    return fail(Status::invalid_argument, "listener %llu: ZEST_LISTENER_ADOPT_FD needs an open fd",
                printable(config.id));
  }
  const auto address = sys::Address::parse(config.address);
  if (!address)
    return fail(address.error().status, "listener %llu: %s", printable(config.id),
                address.error().message.c_str());
  if (config.protocol == net::Protocol::local && address->is_ip())
    return fail(Status::invalid_argument,
                "listener %llu: ZEST_UNIX needs a unix: address, not \"%s\"", printable(config.id),
                config.address.c_str());
  if (config.protocol == net::Protocol::udp && !address->is_ip())
    return fail(Status::invalid_argument, "listener %llu: UDP needs an IP address, not \"%s\"",
                printable(config.id), config.address.c_str());
  return {};
}

class Planner {
 public:
  Planner(ListenerConfig& config, const Settings& settings, uint32_t threads)
      : config_(config), settings_(settings), threads_(threads) {}

  PlannedListener run() {
    if (config_.adopted) {
      adopt(std::move(*config_.adopted));
    } else {
      open();
    }
    return std::move(planned_);
  }

 private:
  PlannedSocket& add() {
    PlannedSocket& socket = planned_.sockets.emplace_back();
    socket.row.listener_id = config_.id;
    socket.row.protocol = options_.protocol;
    socket.row.asked_address = config_.adopted ? "(adopted fd)" : config_.address;
    socket.row.joins = config_.join;
    socket.row.backlog_asked = settings_.backlog;
    socket.row.address = address_;
    return socket;
  }

  void take(PlannedSocket& socket, Result<net::Bound> bound) {
    if (!bound) return socket.row.failed(bound.error());
    socket.fd = std::move(bound->fd);
    socket.path = std::move(bound->path);
    socket.row.address = address_ = bound->address;
  }

  void adopt(Fd fd) {
    // As with an address: a Unix one needs no protocol to be named.
    const auto bound = sys::local_address(fd.get());
    const bool local =
        config_.protocol != net::Protocol::udp && bound && bound->family() == AF_UNIX;
    options_ = {.protocol = local ? net::Protocol::local : config_.protocol,
                .socket = config_.socket.value_or(settings_.socket)};
    PlannedSocket& socket = add();
    socket.adopted = true;
    take(socket, net::adopt_socket(std::move(fd), options_));
    if (socket.fd.valid()) socket.row.add_note("adopted: one listener");
  }

  void open() {
    address_ = *sys::Address::parse(config_.address);
    const bool local = address_.family() == AF_UNIX;
    options_ = {.protocol = local ? net::Protocol::local : config_.protocol,
                .unix_mode = config_.unix_mode,
                .socket = config_.socket.value_or(settings_.socket)};
    if (local) return open_local();
    prefer_ipv4_without_ipv6();
    PlannedSocket& first = add();
    if (const auto guarded = guard_port(); !guarded) return first.row.failed(guarded.error());
    const bool single = config_.single || settings_.single_listener;
    options_.reuseport = config_.join || (!single && threads_ > 1);
    first.joined = config_.join;
    open_first(first);
    if (first.fd.valid() && !single) open_others();
  }

  // ":80" means every address, also where IPv6 is switched off.
  void prefer_ipv4_without_ipv6() {
    if (!config_.address.starts_with(':') || sys::open_socket(AF_INET6, SOCK_STREAM)) return;
    address_ = *sys::Address::parse("0.0.0.0" + config_.address);
  }

  Result<void> guard_port() {
    if (config_.join || address_.port() == 0) return {};
    return net::probe_port(address_, options_);
  }

  // A kernel or sandbox without SO_REUSEPORT still gets a listener.
  void open_first(PlannedSocket& first) {
    auto bound = net::bind_socket(address_, options_);
    if (!bound && options_.reuseport && bound.error().os_errno == ENOPROTOOPT) {
      options_.reuseport = false;
      first.row.add_note("SO_REUSEPORT refused: one listener");
      bound = net::bind_socket(address_, options_);
    }
    take(first, std::move(bound));
    first.row.reuseport = options_.reuseport;
  }

  void open_others() {
    if (!options_.reuseport) return;
    for (uint32_t i = 1; i < threads_; ++i) {
      PlannedSocket& socket = add();
      socket.row.reuseport = true;
      socket.joined = config_.join;
      take(socket, net::bind_socket(address_, options_));
    }
  }

  void open_local() {
    PlannedSocket& socket = add();
    const auto removed = net::remove_stale_unix(address_);
    if (!removed) return socket.row.failed(removed.error());
    if (*removed) socket.row.add_note("removed the socket of a server that is gone");
    take(socket, net::bind_socket(address_, options_));
    if (threads_ > 1) socket.row.add_note("Unix socket: one listener");
  }

  ListenerConfig& config_;
  const Settings& settings_;
  const uint32_t threads_;
  sys::Address address_;
  net::BindOptions options_;
  PlannedListener planned_;
};

}  // namespace

Result<void> check(const std::vector<ListenerConfig>& configs, const Settings& settings) {
  if (configs.empty())
    return fail(Status::invalid_argument, "no listeners: zest_listen needs at least one address");
  if (configs.size() > listeners_max)
    return fail(Status::invalid_argument, "more than %u listeners", listeners_max);
  if (settings.threads_per_address > threads_per_address_max)
    return fail(Status::invalid_argument, "threads_per_address is %u, at most %u",
                settings.threads_per_address, threads_per_address_max);
  if (settings.queue_capacity == 0 || settings.queue_capacity > queue_capacity_max)
    return fail(Status::invalid_argument, "queue_capacity is %u, at most %u",
                settings.queue_capacity, queue_capacity_max);
  std::unordered_set<uint64_t> ids;
  for (const ListenerConfig& config : configs) {
    if (!ids.insert(config.id).second)
      return fail(Status::duplicate_listener, "two listeners have the listener_id %llu",
                  printable(config.id));
    if (auto checked = check_one(config); !checked) return checked;
  }
  return {};
}

PlannedListener plan(ListenerConfig& config, const Settings& settings, uint32_t threads) {
  return Planner(config, settings, threads).run();
}

}  // namespace zest::acceptor
