// A worker whose ring the kernel refuses to go on with: its connections are cut, the host is told,
// and everything else goes on.
#include <doctest/doctest.h>

#include <atomic>
#include <cerrno>
#include <list>

#include "proxy/stage.h"
#include "support/sockets.h"
#include "sys/fault.h"

namespace zest::test {
namespace {

#ifdef ZEST_FAULTS

// What it was told, by any worker.
struct Told {
  std::atomic<int> times{0};
  std::atomic<int> os_errno{0};

  proxy::Host host() {
    proxy::Host host;
    host.worker_lost = [this](uint32_t, int error) {
      os_errno = error;
      ++times;
    };
    return host;
  }
};

struct NextEnter {
  NextEnter() { sys::fault::arm_all("io_uring_enter", -EBADR); }
  ~NextEnter() { sys::fault::arm_all(nullptr, 0); }
};

// Whichever worker enters the kernel next: in the end the one that this client wakes.
void lose_one(const Stage& stage, const Told& told) {
  const NextEnter failing;
  const Fd wakes = connected_to(stage.address());
  CHECK(eventually([&] { return told.times == 1; }));
}

bool is_cut(Client& client) {
  client.read_all();
  return client.ended();
}

void answer_or_wait(Visit& visit) {
  for (Message asked = visit.request(); asked.whole; asked = visit.request()) {
    const std::string line = asked.first_line();
    if (line.starts_with("GET /much")) {
      visit.send(ok(std::string(size_t{8} << 20, 'x')));
    } else if (line.starts_with("GET / ")) {
      visit.send(ok("hello"));
    }
  }
}

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("with one worker lost the others serve, and a reload and a drain go on") {
  if (backends().size() < 2) return;
  Told told;
  Stage stage(
      BackendKind::uring, answer_or_wait, [](proxy::Config& config) { config.workers = 2; },
      told.host());
  std::list<Client> clients;
  for (int i = 0; i < 8; ++i) {
    Client& client = clients.emplace_back(stage);
    client.send(get());
    REQUIRE(client.answer().body == "hello");
  }
  lose_one(stage, told);
  CHECK(told.os_errno == EBADR);
  CHECK(eventually([&] { return stage.now().workers == 1; }));
  for (Client& client : clients) {
    client.send(get());
    const Message answer = client.answer();
    CHECK((answer.body == "hello" || answer.head.empty()));
  }
  for (int i = 0; i < 16; ++i) CHECK(ask(stage, get()).body == "hello");
  proxy::Config next = config_for(BackendKind::uring, stage.origin.address());
  next.workers = 2;
  CHECK(stage.proxy->reload(next).has_value());
  for (int i = 0; i < 4; ++i) CHECK(ask(stage, get()).body == "hello");
  stage.proxy->drain(20'000);
  CHECK(stage.now().connections == 0);
  CHECK(told.times == 1);
}

TEST_CASE("whatever a lost worker had under way is cut, and nothing waits for it") {
  if (backends().size() < 2) return;
  Told told;
  Stage stage(
      BackendKind::uring, answer_or_wait, [](proxy::Config& config) { config.listeners[0].id = 1; },
      told.host());
  Client idle(stage);
  idle.send(get());
  REQUIRE(idle.answer().body == "hello");
  Client asks(stage);
  asks.send(get("/never"));
  Client begins(stage);
  begins.send("GET / HTTP/1.1\r\nHo");
  Client uploads(stage);
  uploads.send("POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegins");
  Client downloads(stage);
  downloads.receive_little();
  downloads.send(get("/much"));
  REQUIRE(eventually([&] { return stage.now().active == 3; }));
  lose_one(stage, told);
  for (Client* client : {&idle, &asks, &begins, &uploads, &downloads}) CHECK(is_cut(*client));
  CHECK(eventually([&] { return stage.now().connections == 0; }));
  CHECK(stage.now().workers == 0);

  Pair pair = tcp_pair();
  const auto served = stage.proxy->serve(std::move(pair.near), 1);
  REQUIRE_FALSE(served.has_value());
  CHECK(served.error().status == Status::closed);
  const auto reloaded = stage.proxy->reload(config_for(BackendKind::uring, stage.origin.address()));
  REQUIRE_FALSE(reloaded.has_value());
  CHECK(reloaded.error().status == Status::closed);
  CHECK_FALSE(stage.proxy->drain(20'000).complete);  // they were forced
}

TEST_SUITE_END();

#endif

}  // namespace
}  // namespace zest::test
