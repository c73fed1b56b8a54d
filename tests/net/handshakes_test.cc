// Handshakes: held off, counted, finished. And the CPU that a packet came in on.
#include <doctest/doctest.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>

#include <vector>

#include "net/sock_diag.h"
#include "net/tcp_listener.h"
#include "support/sockets.h"
#include "support/torture.h"
#include "sys/cpu.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

using namespace zest::test;

// Whether the server has answered, within this time.
bool answered(const Fd& client, int timeout_ms) {
  pollfd connecting{.fd = client.get(), .events = POLLOUT, .revents = 0};
  return ::poll(&connecting, 1, timeout_ms) == 1;
}

Fd connecting_to(const sys::Address& address) {
  Fd client = unconnected();
  ::connect(client.get(), address.get(), address.size());
  return client;
}

// Its clients are connected for all they know; here their handshakes wait for the first bytes.
Bound deferring(const char* address = "127.0.0.1:0") {
  return tcp_listener(address, {.socket = {.defer_accept_s = 30}});
}

bool becomes(const Bound& listener, uint32_t expected) {
  for (int i = 0; i < 1000; ++i) {
    const auto pending = half_open(listener.address);
    if (pending && *pending == expected) return true;
    if (fault_fired()) return false;
    ::poll(nullptr, 0, 5);
  }
  return false;
}

TEST_CASE("a handshake that begins while they are held off is not answered") {
  const Bound listener = tcp_listener("127.0.0.1:0");
  const Fd before = connecting_to(listener.address);
  CHECK(answered(before, 5000));
  REQUIRE(refuse_handshakes(listener.fd.get()));
  const Fd during = connecting_to(listener.address);
  CHECK_FALSE(answered(during, 200));
  CHECK(accepted_from(listener).valid());
  CHECK_FALSE(acceptable(listener, 0));
}

// The client has its answer and thinks that it is connected; here nothing waits to be accepted.
TEST_CASE("a handshake can begin while none is finished, and stays half open") {
  const Bound listener = tcp_listener("127.0.0.1:0");
  REQUIRE(refuse_completions(listener.fd.get()));
  const Fd client = connecting_to(listener.address);
  CHECK(answered(client, 5000));
  CHECK(becomes(listener, 1));
  CHECK_FALSE(acceptable(listener, 100));
}

TEST_CASE("bytes of those who are connected still come through") {
  const Bound listener = tcp_listener("127.0.0.1:0");
  const Fd client = connected_to(listener.address);
  REQUIRE(refuse_handshakes(listener.fd.get()));
  const Fd accepted = accepted_from(listener);
  write_all(client, "question");
  pollfd readable{.fd = accepted.get(), .events = POLLIN, .revents = 0};
  REQUIRE(::poll(&readable, 1, 5000) == 1);
  CHECK(read_exactly(accepted, 8) == "question");
}

TEST_CASE("handshakes that have begun are finished while others are held off") {
  const Bound listener = deferring();
  const Fd speaks = connected_to(listener.address);
  const Fd is_silent = connected_to(listener.address);
  CHECK(becomes(listener, 2));
  REQUIRE(refuse_handshakes(listener.fd.get()));
  write_all(speaks, "x");
  CHECK(accepted_from(listener).valid());
  CHECK(accepted_from(listener).valid());  // within a second: when the kernel asks once more
  CHECK(becomes(listener, 0));
}

TEST_CASE("handshakes under way are counted, of this port alone") {
  const Bound listener = deferring();
  const Bound other = deferring();
  CHECK(becomes(listener, 0));
  std::vector<Fd> clients;
  for (uint32_t count = 1; count <= 3; ++count) {
    clients.push_back(connected_to(listener.address));
    CHECK(becomes(listener, count));
  }
  CHECK(becomes(other, 0));
  write_all(clients[0], "x");
  CHECK(accepted_from(listener).valid());
  CHECK(becomes(listener, 2));
}

TEST_CASE("a socket for both families has the handshakes of both") {
  const Bound listener = deferring("[::]:0");
  auto v4 = *sys::Address::parse("127.0.0.1:0");
  auto v6 = *sys::Address::parse("[::1]:0");
  v4.set_port(listener.address.port());
  v6.set_port(listener.address.port());
  const Fd first = connected_to(v4);
  const Fd second = connected_to(v6);
  CHECK(becomes(listener, 2));
}

TEST_CASE("many handshakes are counted over more than one datagram") {
  const Bound listener = deferring();
  std::vector<Fd> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(connected_to(listener.address));
  CHECK(becomes(listener, 300));
}

// The loopback handles a packet on the CPU that sent it.
TEST_CASE("steered by CPU a connection goes to the socket of the CPU it came in on") {
  const auto cpus = sys::allowed_cpus();
  REQUIRE(cpus);
  std::vector<Bound> group;
  group.push_back(tcp_listener("127.0.0.1:0", {.reuseport = true}));
  const std::string where = group[0].address.format().c_str();
  for (int i = 1; i < 3; ++i) group.push_back(tcp_listener(where.c_str(), {.reuseport = true}));
  REQUIRE(steer_by_cpu(group[0].fd.get(), 3));
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  for (const int cpu : *cpus) {
    const auto pinned = sys::pin_thread(cpu);
    std::vector<Fd> clients;
    for (int i = 0; i < 20; ++i) clients.push_back(connecting_to(group[0].address));
    for (const Fd& client : clients) CHECK(answered(client, 5000));
    const Bound& expected = group[static_cast<size_t>(cpu) % 3];
    for (int i = 0; pinned && i < 20; ++i) CHECK(accepted_from(expected).valid());
    for (const Bound& each : group) CHECK_FALSE(acceptable(each, 0));
  }
  CHECK(::sched_setaffinity(0, sizeof before, &before) == 0);
}

}  // namespace
}  // namespace zest::net
