// A forked child has copies of everything, and uses none of it.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/leftovers.h"
#include "support/sockets.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

TEST_CASE("a child knows that the service is its parent's, and can let go of it") {
  on_each_mode([](const Settings& settings) {
    const size_t fds_before = open_fds();
    std::vector<ListenerConfig> configs;
    configs.push_back(on("127.0.0.1:0", 1));
    configs.push_back(on("unix:@zest-fork", 2));
    configs.push_back(on("127.0.0.1:0", 3));
    configs[2].protocol = net::Protocol::udp;
    Host host(std::move(configs), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 5);
    CHECK(eventually([&] {
      host.let_work();
      return host.sum(&Counters::accepted) == 7;
    }));
    CHECK_FALSE(host.service().forked());
    apart([&](Verdict& verdict) {
      verdict.expect(host.service().forked(), "the child does not know that it is one");
      host.free();
      const auto left = static_cast<long long>(open_fds()) - static_cast<long long>(fds_before) - 5;
      verdict.expect(left == 0, "copies of fds are left open in the child", left);
    });
    const Fd late = connected_to(host.address());
    CHECK(host.take_all(8).size() == 8);
    CHECK(host.shut_down().complete);
  });
}

// Has a copy of every fd until its parent lets go of it.
class LastingChild {
 public:
  LastingChild() {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const Fd read_end(ends[0]);
    held_ = Fd(ends[1]);
    child_ = ::fork();
    if (child_ == 0) live_on(read_end.get());
  }
  ~LastingChild() {
    held_.reset();
    int status = 0;
    CHECK(::waitpid(child_, &status, 0) == child_);
  }

 private:
  [[noreturn]] void live_on(int read_end) {
    char byte = 0;
    ::close(held_.get());
    ::_exit(::read(read_end, &byte, 1) == 0 ? 0 : 1);
  }

  Fd held_;
  pid_t child_;
};

TEST_CASE("a child that lives on keeps no half of a listener alive") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0")), settings);
    host.let_work();
    const LastingChild child;
    CHECK(host.shut_down().complete);
    ListenerConfig config = on(host.address().format().c_str());
    config.join = true;
    Host successor(one(std::move(config)), settings);
    const std::vector<Fd> clients = connect_to(successor.address(), 40);
    CHECK(successor.take_all(40).size() == 40);
  });
}

TEST_CASE("a child does not remove its parent's Unix file") {
  on_each_mode([](const Settings& settings) {
    const std::string path = "/tmp/zest-fork-" + std::to_string(::getpid());
    Host host(one(on("unix:" + path)), settings);
    apart([&](Verdict&) { host.free(); });
    CHECK(::access(path.c_str(), F_OK) == 0);
    const Fd client = connected_to(host.address());
    CHECK(host.take_all(1).size() == 1);
  });
}

}  // namespace
}  // namespace zest::acceptor
