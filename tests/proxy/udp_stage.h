// Clients, origins and a proxy of datagrams.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <string>
#include <thread>

#include "proxy/stage.h"
#include "sys/socket.h"

namespace zest::test {

class UdpSocket {
 public:
  explicit UdpSocket(const char* bind = "127.0.0.1:0", int family = AF_INET)
      : fd_(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const sys::Address address = *sys::Address::parse(bind);
    REQUIRE(::bind(fd_.get(), address.get(), address.size()) == 0);
    const int large = 4 << 20;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
  }
  int fd() const { return fd_.get(); }
  sys::Address address() const {
    sys::Address address;
    socklen_t size = sys::Address::capacity();
    ::getsockname(fd(), address.get(), &size);
    address.set_size(size);
    return address;
  }
  void connect(const sys::Address& to) const { ::connect(fd(), to.get(), to.size()); }
  void send(std::string_view bytes) const { ::send(fd(), bytes.data(), bytes.size(), 0); }
  // "-": none came.
  std::string receive(int64_t for_ms = INT64_MAX) const {
    const int64_t began_ns = system_clock().now_ns();
    pollfd wanted{.fd = fd(), .events = POLLIN, .revents = 0};
    while (::poll(&wanted, 1, 10) <= 0) {
      const int64_t passed_ms = (system_clock().now_ns() - began_ns) / ns_per_ms;
      if (passed_ms > std::min(for_ms, patience_ms())) return "-";
    }
    std::string bytes(65'536, '\0');
    const ssize_t size = ::recv(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size < 0) return "-";
    bytes.resize(static_cast<size_t>(size));
    return bytes;
  }

 private:
  Fd fd_;
};

// Says back what it hears, behind its name.
class UdpEcho {
 public:
  explicit UdpEcho(std::string name = "") : name_(std::move(name)) {}
  ~UdpEcho() { stop_ = true; }
  sys::Address address() const { return socket_.address(); }

 private:
  void run() {
    std::string bytes(65'536, '\0');
    while (!stop_) {
      pollfd wanted{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
      if (::poll(&wanted, 1, 10) <= 0) continue;
      sys::Address from;
      socklen_t size = sys::Address::capacity();
      const ssize_t got =
          ::recvfrom(socket_.fd(), bytes.data(), bytes.size(), 0, from.get(), &size);
      if (got < 0) continue;
      const std::string answer = name_ + bytes.substr(0, static_cast<size_t>(got));
      ::sendto(socket_.fd(), answer.data(), answer.size(), 0, from.get(), size);
    }
  }

  const std::string name_;
  UdpSocket socket_;
  std::atomic<bool> stop_{false};
  std::jthread thread_{[this] { run(); }};
};

struct UdpStage {
  UdpStage(BackendKind kind, const std::vector<sys::Address>& origins, const Change& change = {}) {
    proxy::Config config = config_for(kind, origins.front());
    config.upstreams[0].addrs = origins;
    config.listeners[0].mode = proxy::Mode::udp;
    config.listeners[0].upstream = 0;
    config.listeners[0].timeouts.tunnel_end_ms = 200;
    if (change) change(config);
    proxy = started(config, &notes);
  }
  sys::Address address() const { return proxy->report().listeners.at(0).address; }
  proxy::Snapshot now() const { return proxy->snapshot(); }
  uint64_t ended(proxy::TunnelEnd end) const {
    return now().totals.tunnel_ends[static_cast<size_t>(end)];
  }

  Notes notes;
  std::unique_ptr<proxy::Proxy> proxy;
};

}  // namespace zest::test
