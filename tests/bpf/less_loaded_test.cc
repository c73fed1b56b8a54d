// Steering to the less loaded of two, and what becomes of those who wait in a socket that closes.
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "bpf/steering.h"
#include "support/apart.h"
#include "support/sockets.h"
#include "support/torture.h"

namespace zest::bpf {
namespace {

using namespace zest::test;

// Sockets that share a port, and nobody accepts from.
struct Group {
  explicit Group(size_t count) {
    for (size_t i = 0; i < count; ++i) add(i == 0 ? "127.0.0.1:0" : address.format().c_str());
  }
  void add(const std::string& where) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    REQUIRE(::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    address = *sys::Address::parse(where);
    REQUIRE(::bind(socket.get(), address.get(), address.size()) == 0);
    REQUIRE(::listen(socket.get(), 512) == 0);
    socklen_t size = sys::Address::capacity();
    REQUIRE(::getsockname(socket.get(), address.get(), &size) == 0);
    sockets.push_back(std::move(socket));
  }
  void connect(size_t count) {
    for (size_t i = 0; i < count; ++i) clients.push_back(connected_to(address));
  }
  uint32_t waiting(size_t index) const {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(sockets[index].get(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_unacked;
  }
  // Takes all that wait in it.
  uint32_t accept_all(size_t index) {
    const size_t before = taken.size();
    for (int fd = 0; (fd = ::accept(sockets[index].get(), nullptr, nullptr)) >= 0;)
      taken.emplace_back(fd);
    return static_cast<uint32_t>(taken.size() - before);
  }

  std::vector<Fd> sockets;
  sys::Address address;
  std::vector<Fd> clients;
  std::vector<Fd> taken;
};

// Nullptr where it is not allowed: then the case is skipped, and counted as that.
std::unique_ptr<Steering> steering_of(const Group& group) {
  auto steering = Steering::create(static_cast<uint32_t>(group.sockets.size()));
  if (!steering && steering.error().os_errno == EPERM) {
    MESSAGE("skipped: a steering program needs CAP_BPF and CAP_NET_ADMIN");
    return nullptr;
  }
  REQUIRE_MESSAGE(steering.has_value(), steering.error().message.c_str());
  for (uint32_t i = 0; i < group.sockets.size(); ++i)
    REQUIRE((*steering)->add(i, group.sockets[i].get()));
  REQUIRE((*steering)->attach(group.sockets[0].get()));
  return std::move(*steering);
}

TEST_CASE("sixty-four connections spread evenly over four sockets") {
  Group group(4);
  const auto steering = steering_of(group);
  if (!steering) return;
  group.connect(64);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(group.waiting(i) <= 20);
    CHECK(group.waiting(i) >= 12);
  }
}

TEST_CASE("what is told to have much gets nothing more") {
  Group group(3);
  const auto steering = steering_of(group);
  if (!steering) return;
  steering->set_open(1, 1'000'000);
  group.connect(60);
  CHECK(group.waiting(0) + group.waiting(2) == 60);
  steering->set_open(1, 0);
  group.connect(30);
  CHECK(group.waiting(1) > 0);
}

TEST_CASE("what came out of the accept queue weighs no more") {
  Group group(2);
  const auto steering = steering_of(group);
  if (!steering) return;
  group.connect(40);
  // One is always emptied, the other never: the new ones go where it is empty.
  for (int round = 0; round < 10; ++round) {
    steering->settle(0, group.accept_all(0));
    group.connect(1);
  }
  CHECK(group.waiting(0) + group.taken.size() >= 29);
  steering->settle_all(1);
  steering->settle_all(0);
  group.connect(20);
  CHECK(group.waiting(1) > 20);
}

TEST_CASE("a removed socket gets nothing new and keeps what it has") {
  Group group(3);
  const auto steering = steering_of(group);
  if (!steering) return;
  group.connect(30);
  const uint32_t had = group.waiting(1);
  steering->remove(1);
  group.connect(60);
  CHECK(group.waiting(1) == had);
  CHECK(group.waiting(0) + group.waiting(2) == 90 - had);
}

TEST_CASE("with all but one removed the last gets everything") {
  Group group(5);
  const auto steering = steering_of(group);
  if (!steering) return;
  for (const uint32_t gone : {0U, 1U, 2U, 4U}) steering->remove(gone);
  group.connect(40);
  CHECK(group.waiting(3) == 40);
}

TEST_CASE("with all removed the kernel's hash decides") {
  Group group(2);
  const auto steering = steering_of(group);
  if (!steering) return;
  steering->remove(0);
  steering->remove(1);
  group.connect(20);
  CHECK(group.waiting(0) + group.waiting(1) == 20);
}

TEST_CASE("what waits in a socket that closes moves to the others") {
  Group group(2);
  const auto steering = steering_of(group);
  if (!steering) return;
  group.connect(200);
  CHECK(group.waiting(1) > 0);
  group.sockets[1].reset();
  CHECK(group.waiting(0) == 200);
  REQUIRE(group.accept_all(0) == 200);
  for (size_t i = 0; i < group.taken.size(); ++i) write_all(group.taken[i], "k");
  for (const Fd& client : group.clients) CHECK(read_exactly(client, 1) == "k");
}

// What it is good for: net.ipv4.tcp_migrate_req is off in a new namespace.
TEST_CASE("without steering, what waits in a socket that closes is lost") {
  apart_in_namespace([](Verdict& verdict) {
    int migrates = -1;
    std::ifstream("/proc/sys/net/ipv4/tcp_migrate_req") >> migrates;
    if (!verdict.expect(migrates == 0, "tcp_migrate_req", migrates)) return;
    Group group(2);
    group.connect(200);
    const uint32_t waited = group.waiting(1);
    group.sockets[1].reset();
    verdict.expect(waited > 0, "none waited");
    verdict.expect(group.waiting(0) + waited == 200, "none was lost", group.waiting(0));
  });
}

TEST_CASE("steering outlives the sockets and the sockets the steering") {
  Group group(2);
  auto steering = steering_of(group);
  if (!steering) return;
  group.connect(10);
  steering.reset();
  group.connect(10);
  CHECK(group.waiting(0) + group.waiting(1) == 20);
  Group other(2);
  steering = steering_of(other);
  other.sockets.clear();
  if (!steering) return;
  steering->set_open(0, 1);
  steering->settle_all(1);
  steering->remove(0);
}

TEST_CASE("a socket outside of a group is not taken") {
  auto steering = Steering::create(1);
  if (!steering) return;
  const Listening alone = listening();
  CHECK_FALSE((*steering)->add(0, alone.fd.get()));
  CHECK_FALSE((*steering)->add(Steering::sockets_max(), alone.fd.get()));
}

}  // namespace
}  // namespace zest::bpf
