// The hand-over program by itself: who gets a byte, and who is told.
#include "bpf/hand_over.h"

#include <doctest/doctest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>

#include "bpf/handover.h"
#include "support/sockets.h"

namespace zest::bpf {
namespace {

using namespace zest::test;

uint64_t acked(const Fd& fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  REQUIRE(::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
  return info.tcpi_bytes_acked;
}

bool readable(int fd, int timeout_ms) {
  pollfd now{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&now, 1, timeout_ms) == 1;
}

// The program may be a little behind whoever sends.
bool judges(const zest_flow& flow, uint64_t bytes) {
  for (int ms = 0; ms < 20'000; ++ms) {
    if (__atomic_load_n(&flow.redirected, __ATOMIC_RELAXED) +
            __atomic_load_n(&flow.passed, __ATOMIC_RELAXED) ==
        bytes)
      return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

// One tunnel's sockets: what a says is judged by flow 2 * pair, and goes to b.
struct Flow {
  explicit Flow(HandOver& hand_over)
      : of(hand_over), pair(hand_over.take_pair().value()), a(tcp_pair()), b(tcp_pair()) {
    zest_flow& flow = mine();
    memset(&flow, 0, sizeof flow);
    flow.base = acked(b.near);
    flow.cap = 100'000;
    flow.burst_max = 1000;
    flow.bulk_max = UINT32_MAX;
  }
  ~Flow() {
    of.forget(2 * pair, a.near.get());
    of.remove_target(2 * pair + 1);
    of.give_back_pair(pair);
  }
  void add() {
    REQUIRE(of.add_target(2 * pair, a.near.get()).has_value());
    REQUIRE(of.add_target(2 * pair + 1, b.near.get()).has_value());
    REQUIRE(of.judge(2 * pair, a.near.get()).has_value());
  }
  zest_flow& mine() { return of.flow(2 * pair); }

  HandOver& of;
  uint32_t pair;
  Pair a, b;
};

void each(const std::function<void(HandOver&)>& body) {
  auto hand_over = HandOver::create();
  if (!hand_over) {
    MESSAGE(hand_over.error().message.c_str());
    return;
  }
  body(**hand_over);
}

}  // namespace

TEST_CASE("in user mode what arrives is passed, also what was there before") {
  each([](HandOver& hand_over) {
    Flow flow(hand_over);
    write_all(flow.a.far, "before ");
    CHECK(readable(flow.a.near.get(), 2000));
    flow.add();
    CHECK(flow.mine().passed == 7);
    write_all(flow.a.far, "after");
    CHECK(read_exactly(flow.a.near, 7) == "before ");
    CHECK(readable(flow.a.near.get(), 2000));
    CHECK(read_exactly(flow.a.near, 5) == "after");
    CHECK(flow.mine().passed == 12);
    CHECK(flow.mine().redirected == 0);
  });
}

TEST_CASE("in kernel mode it goes to the other socket, once all that was passed is consumed") {
  each([](HandOver& hand_over) {
    Flow flow(hand_over);
    flow.add();
    auto bell = hand_over.make_bell();
    REQUIRE(bell.has_value());
    flow.mine().doorbell = bell->index;
    flow.mine().want = 1;
    write_all(flow.a.far, "hello");
    CHECK(read_exactly(flow.b.far, 5) == "hello");
    CHECK(flow.mine().mode == ZEST_FLOW_KERNEL);
    CHECK(flow.mine().redirected == 5);
    // Awake, it is told that it need not be.
    CHECK(readable(bell->doorbell.fd(), 2000));
    CHECK(bell->doorbell.next() == 2 * flow.pair);
    CHECK(!bell->doorbell.next().has_value());
    hand_over.remove_bell(bell->index);
  });
}

TEST_CASE("a reader that stalls: at the cap it is passed to user space, which is woken") {
  each([](HandOver& hand_over) {
    Flow flow(hand_over);
    flow.add();
    auto bell = hand_over.make_bell();
    REQUIRE(bell.has_value());
    zest_flow& mine = flow.mine();
    mine.doorbell = bell->index;
    mine.want = 1;
    mine.asleep = 1;
    const std::string much = pattern(1000);
    std::string sent;
    while (mine.mode == ZEST_FLOW_KERNEL || sent.empty()) {
      REQUIRE(sent.size() < 30'000'000);
      write_all(flow.a.far, much);
      sent += much;
      if (!readable(flow.a.near.get(), 0)) continue;
    }
    CHECK(mine.want == 0);
    CHECK(mine.redirected <= mine.cap + 8'000'000);
    CHECK(judges(mine, sent.size()));
    CHECK(readable(bell->doorbell.fd(), 2000));
    CHECK(bell->doorbell.next() == 2 * flow.pair);
    CHECK(read_exactly(flow.b.far, mine.redirected) == sent.substr(0, mine.redirected));
    CHECK(read_exactly(flow.a.near, mine.passed) == sent.substr(mine.redirected));
    hand_over.remove_bell(bell->index);
  });
}

TEST_CASE("with its cap taken away it goes back to user space, and comes again") {
  each([](HandOver& hand_over) {
    Flow flow(hand_over);
    flow.add();
    zest_flow& mine = flow.mine();
    for (unsigned round = 0; round < 10; ++round) {
      mine.cap = 100'000;
      mine.want = 1;
      write_all(flow.a.far, "kernel");
      CHECK(read_exactly(flow.b.far, 6) == "kernel");
      mine.cap = 0;
      write_all(flow.a.far, "user");
      CHECK(readable(flow.a.near.get(), 2000));
      CHECK(read_exactly(flow.a.near, 4) == "user");
      CHECK(mine.want == 0);
      mine.consumed += 4;
      CHECK(::send(flow.b.near.get(), "user", 4, MSG_NOSIGNAL) == 4);
      CHECK(read_exactly(flow.b.far, 4) == "user");
      CHECK(mine.switches == 2 * (round + 1));
    }
  });
}

TEST_CASE("an end is not redirected, and comes when all before it has gone") {
  each([](HandOver& hand_over) {
    Flow flow(hand_over);
    flow.add();
    flow.mine().want = 1;
    flow.mine().asleep = 1;
    write_all(flow.a.far, "the last");
    ::shutdown(flow.a.far.get(), SHUT_WR);
    CHECK(readable(flow.a.near.get(), 2000));
    char byte;
    CHECK(::recv(flow.a.near.get(), &byte, 1, 0) == 0);
    CHECK(read_exactly(flow.b.far, 8) == "the last");
  });
}

}  // namespace zest::bpf
