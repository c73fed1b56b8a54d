// Out of fds: who is being served goes on, idle connections make room, the newest wait or are told
// so; with the first fd that is free again all goes on. Each in a process of its own, whose limit
// of open files is low and taken up.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proxy/stage.h"
#include "support/apart.h"

namespace zest::test {
namespace {

using proxy::Limit;

// io_uring notes the limit when an accept is armed, so it comes first.
void limit_fds() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 300;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Takes every fd there is.
class FdsShort {
 public:
  FdsShort() {
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) filling_.emplace_back(fd);
  }
  void relieve() { filling_.clear(); }

 private:
  std::vector<Fd> filling_;
};

// A client that has its fd before there are none left.
class Late {
 public:
  Late() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  Client arrive(const Stage& stage) {
    (void)::connect(fd_.get(), stage.address().get(), stage.address().size());
    return Client(std::move(fd_));
  }

 private:
  Fd fd_;
};

// So many clients, each with an answer behind it.
std::list<Client> served(Verdict& verdict, const Stage& stage, size_t count) {
  std::list<Client> clients;
  for (size_t i = 0; i < count; ++i) {
    clients.emplace_back(stage).send(get());
    verdict.expect(clients.back().answer().status() == 200, "served before");
  }
  return clients;
}

void on_each_backend_apart(void (*body)(Verdict&, BackendKind)) {
  on_each_backend([body](BackendKind kind) {
    apart([&](Verdict& verdict) {
      limit_fds();
      body(verdict, kind);
    });
  });
}

void wait_and_be_served(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering(ok("x")));
  Client first(stage);
  first.send(get() + "GET / HTTP/1.1\r\n");  // not idle: not to be let go of
  verdict.expect(first.answer().status() == 200, "served before");
  std::list<Late> late(20);
  FdsShort fds;
  std::list<Client> clients;
  for (Late& one : late) clients.emplace_back(one.arrive(stage)).send(get());
  verdict.expect(eventually([&] { return stage.hit(Limit::fds) > 0; }), "counted");
  const double before = cpu_seconds();
  verdict.expect(clients.back().silent(300), "the newest wait");
  verdict.expect(cpu_seconds() - before < 0.1, "waiting costs little");
  // Asked before the answer: from then on the first is idle, and may make room for one of them.
  verdict.expect(stage.now().connections == 1, "nobody was accepted");
  first.send("Host: a\r\n\r\n");
  verdict.expect(first.answer().status() == 200, "who was served before goes on");
  fds.relieve();
  const int64_t began_ns = system_clock().now_ns();
  for (Client& client : clients)
    verdict.expect(client.answer().status() == 200, "served after relief");
  verdict.expect(system_clock().now_ns() - began_ns < ns_per_s, "soon after relief");
}

void make_room(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering(ok("x")));
  std::list<Client> idle = served(verdict, stage, 20);
  std::list<Late> late(3);
  const FdsShort fds;
  for (Late& one : late) {
    Client client = one.arrive(stage);
    client.send(get());
    verdict.expect(client.answer().status() == 200, "served in the place of an idle one");
  }
  verdict.expect(idle.front().ended(), "the one idle for the longest went");
  idle.back().send(get());
  verdict.expect(idle.back().answer().status() == 200, "the one idle for the shortest stayed");
  verdict.expect(stage.hit(Limit::fds) > 0, "counted");
}

void no_fd_for_origin(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering_once(ok("x", "Connection: close\r\n")));
  std::list<Client> clients = served(verdict, stage, 2);
  Client& asks = clients.front();
  Client& idle = clients.back();
  FdsShort fds;
  asks.send(get());
  const Message refused = asks.answer();
  verdict.expect(refused.status() == 503, "503 where there is no fd", refused.status());
  verdict.expect(stage.hit(Limit::fds) == 1, "counted");
  verdict.expect(idle.ended(), "an idle client made room");
  fds.relieve();
  asks.send(get());
  verdict.expect(asks.answer().status() == 200, "served on the same connection after relief");
}

void drain_without_fds(Verdict& verdict, BackendKind kind) {
  Stage stage(kind, answering(ok("x")));
  const std::list<Client> idle = served(verdict, stage, 3);
  std::list<Late> late(3);
  const FdsShort fds;
  const int64_t began_ns = system_clock().now_ns();
  verdict.expect(stage.proxy->drain(5'000).complete, "drained");
  verdict.expect(system_clock().now_ns() - began_ns < 2 * ns_per_s, "at once");
}

}  // namespace

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("out of fds the newest wait, and are served when there are some again") {
  on_each_backend_apart(wait_and_be_served);
}

TEST_CASE("out of fds connections that were idle for the longest make room") {
  on_each_backend_apart(make_room);
}

TEST_CASE("out of fds for a connection to an origin is a 503, and recovers") {
  on_each_backend_apart(no_fd_for_origin);
}

TEST_CASE("a proxy out of fds can be drained") { on_each_backend_apart(drain_without_fds); }

TEST_SUITE_END();

}  // namespace zest::test
