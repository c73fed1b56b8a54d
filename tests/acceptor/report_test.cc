// What the report says of how each socket came up, and what the statistics say afterwards.
#include "acceptor/report.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/backends.h"
#include "support/sockets.h"
#include "support/torture.h"
#include "sys/cpu.h"
#include "sys/fault.h"
#include "sys/system.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

std::multiset<std::string> thread_names() {
  std::multiset<std::string> names;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    names.insert(name);
  }
  return names;
}

TEST_CASE("a row tells the real port, the backend and the shard") {
  on_each_mode([](const Settings& settings) {
    Host host(one(on("127.0.0.1:0", 12)), settings);
    REQUIRE(host.report().rows.size() == 2);
    for (uint32_t i = 0; i < 2; ++i) {
      const ReportRow& row = host.row(i);
      CHECK(row.status == Status::ok);
      CHECK(row.os_errno == 0);
      CHECK(row.listener_id == 12);
      CHECK(row.shard == i);
      CHECK(row.address.port() == host.address().port());
      CHECK(row.address.port() != 0);
      CHECK(row.reuseport);
      CHECK(row.backend == settings.backend);
      CHECK(row.steering == Steering::hash);
      CHECK(row.cpu == -1);
      CHECK(row.numa_node == -1);
    }
  });
}

TEST_CASE("an adopted Unix socket is known as one, also if its protocol is not named") {
  on_each_mode([](const Settings& settings) {
    for (const net::Protocol protocol : {net::Protocol::tcp, net::Protocol::local}) {
      ListenerConfig config;
      config.id = 7;
      config.protocol = protocol;
      const sys::Address name =
          *sys::Address::parse("unix:@zest-adopted-" + std::to_string(::getpid()));
      Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      REQUIRE(::bind(fd.get(), name.get(), name.size()) == 0);
      config.adopted = std::move(fd);
      Host host(one(std::move(config)), settings);
      CHECK(host.row().protocol == net::Protocol::local);
      const Fd client = connected_to(name);
      CHECK(host.take_all(1).size() == 1);
    }
  });
}

// Of a listener that can't come up.
std::string refusal(const std::string& where, bool join = false) {
  ListenerConfig config = on(where, 31);
  config.join = join;
  Report report;
  const Error error = refused_to_start(one(std::move(config)), settings_for({}), &report);
  if (!report.rows.empty() && !fault_fired()) CHECK(report.rows[0].shard == no_shard);
  return std::string(error.message.view());
}

bool says(const std::string& message, const char* words) {
  CAPTURE(message);
  CHECK(message.find(words) != message.npos);
  return message.find(words) != message.npos;
}

TEST_CASE("what is in the way of a Unix socket is told apart, and nobody is told to join it" *
          doctest::test_suite("no-torture")) {
  const std::string path = "/tmp/zest-in-the-way-" + std::to_string(::getpid());
  REQUIRE(std::filesystem::create_directory(path));
  says(refusal("unix:" + path), "a directory");
  REQUIRE(std::filesystem::remove(path));
  std::ofstream(path) << "notes";
  says(refusal("unix:" + path), "no socket");
  REQUIRE(std::filesystem::remove(path));
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  says(refusal("unix:" + path), "no socket");
  REQUIRE(std::filesystem::remove(path));
  const Host host(one(on("unix:" + path)), settings_for({}));
  const std::string taken = refusal("unix:" + path);
  says(taken, "another process");
  CHECK(taken.find("JOIN") == taken.npos);
  says(refusal("unix:" + path + ".none/x"), "directory of the path does not exist");
}

TEST_CASE("who has asked to join is not told to, and who lacks a zone is told which" *
          doctest::test_suite("no-torture")) {
  const Listening stranger = listening();
  const std::string where = stranger.address.format().c_str();
  says(refusal(where), "ZEST_LISTENER_JOIN");
  says(refusal(where, true), "SO_REUSEPORT");
  says(refusal("[fe80::1]:0"), "[fe80::1%eth0]");
}

TEST_CASE("control characters of a name are in no text" * doctest::test_suite("no-torture")) {
  const std::string name = "unix:@zest\n\x1b[2Jrow-" + std::to_string(::getpid());
  const Host host(one(on(name)), settings_for({}));
  CHECK(format(host.report()).find("unix:@zest??[2Jrow-") != std::string::npos);
  says(refusal(name), "unix:@zest??[2Jrow-");
}

#ifdef ZEST_FAULTS
TEST_CASE("a thread that can't start is a matter of limits" * doctest::test_suite("no-torture")) {
  sys::fault::arm_all("pthread_create", EAGAIN);
  says(refusal("127.0.0.1:0"), "ulimit -u");
  sys::fault::arm_all(nullptr, 0);
}
#endif

TEST_CASE("the backlog in force is what was asked for, or the system's most") {
  const auto most = sys::read_number("/proc/sys/net/core/somaxconn");
  REQUIRE(most);
  const auto system = static_cast<uint32_t>(*most);
  on_each_mode([&](Settings settings) {
    const std::pair<uint32_t, uint32_t> asked_and_effective[] = {
        {0, system}, {17, std::min(17U, system)}, {100'000'000, system}};
    for (const auto& [asked, effective] : asked_and_effective) {
      settings.backlog = asked;
      const Host host(one(on("127.0.0.1:0")), settings);
      CHECK(host.row().backlog_asked == (asked ? asked : system));
      CHECK(host.row().backlog_effective == effective);
    }
  });
}

TEST_CASE("threads have names that tell their address and index") {
  on_each_backend([](io::BackendKind kind) {
    const auto before = thread_names();
    Host host(one(on("127.0.0.1:0")), settings_for(kind));
    const std::string prefix = "zest-acceptor-127.0.0.1-" + std::to_string(host.address().port());
    CHECK(host.row(0).thread_name.view() == prefix + "-0");
    CHECK(host.row(1).thread_name.view() == prefix + "-1");
    CHECK(thread_names().count("zest-acceptor-1") == 2);  // 15 bytes are all the kernel keeps
    host.free();
    // One that was joined is still listed for a moment.
    CHECK(eventually([] { return thread_names().count("zest-acceptor-1") == 0; }));
  });
}

TEST_CASE("a pinned thread runs on its CPU and says so, with the NUMA node") {
  on_each_backend([](io::BackendKind kind) {
    const auto cpus = sys::allowed_cpus();
    REQUIRE(cpus);
    Settings settings = settings_for(kind, 3);
    settings.pin_cpus = true;
    Host host(one(on("127.0.0.1:0")), settings);
    for (size_t i = 0; i < 3; ++i) {
      const int expected = (*cpus)[i % cpus->size()];
      CHECK(host.row(i).cpu == expected);
      CHECK(host.row(i).numa_node == sys::node_of_cpu(expected));
    }
    std::multiset<int> pinned;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      cpu_set_t set;
      CPU_ZERO(&set);
      const int id = std::stoi(task.path().filename());
      if (id == ::getpid() || ::sched_getaffinity(id, sizeof set, &set) != 0) continue;
      for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_COUNT(&set) == 1 && CPU_ISSET(cpu, &set)) pinned.insert(cpu);
    }
    for (size_t i = 0; i < std::min<size_t>(cpus->size(), 3); ++i)
      CHECK(pinned.count((*cpus)[i]) >= 1);
  });
}

TEST_CASE("one thread per CPU is the default") {
  on_each_mode([](Settings settings) {
    settings.threads_per_address = 0;
    const Host host(one(on("127.0.0.1:0")), settings);
    const auto cpus = sys::allowed_cpus();
    REQUIRE(cpus.has_value());
    CHECK(host.report().rows.size() == cpus->size());
  });
}

TEST_CASE("what was done differently is noted") {
  on_each_mode([](const Settings& settings) {
    const std::string path = "/tmp/zest-report-" + std::to_string(::getpid());
    {
      const auto dead = *sys::Address::parse("unix:" + path);
      const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      REQUIRE(::bind(socket.get(), dead.get(), dead.size()) == 0);
    }
    const Host host(one(on("unix:" + path)), settings);
    const std::string note = host.row().note.c_str();
    CHECK(note.find("gone") != std::string::npos);
    CHECK(note.find("one listener") != std::string::npos);
    CHECK(host.row().backlog_effective == 0);
  });
}

TEST_CASE("a failed row names the listener, the cause and the cure") {
  on_each_mode([](const Settings& settings) {
    std::vector<ListenerConfig> configs;
    configs.push_back(on("127.0.0.1:0", 1));
    configs.push_back(on("192.0.2.1:80", 2));
    configs.push_back(on("unix:/nonexistent/x", 3));
    const Host host(std::move(configs), settings);
    REQUIRE(host.report().rows.size() == 4);
    const ReportRow& foreign = host.row(2);
    CHECK(foreign.status == Status::address_not_available);
    CHECK(foreign.os_errno == EADDRNOTAVAIL);
    const std::string note = foreign.note.c_str();
    CHECK(note.find("listener 2 on 192.0.2.1:80") != std::string::npos);
    CHECK(note.find("no interface has this address") != std::string::npos);
    CHECK(host.row(3).os_errno == ENOENT);
    const std::string text = format(host.report());
    CHECK(text.find("192.0.2.1:80") != std::string::npos);
    CHECK(text.find("somaxconn") != std::string::npos);
    CHECK(text.find("failed") != std::string::npos);
  });
}

TEST_CASE("the statistics count what came, what went out, and what waits") {
  on_each_mode([](Settings settings) {
    settings.threads_per_address = 1;
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 12);
    CHECK(eventually([&] {
      host.let_work();
      return host.stats().queued == 12;
    }));
    CHECK(host.take_all(5).size() == 5);
    const ShardStats stats = host.stats();
    CHECK(stats.health == Health::ok);
    CHECK(stats.counters->accepted.get() == 12);
    CHECK(stats.counters->handed_over.get() == 5);
    CHECK(stats.queued == 7);
    CHECK(stats.kernel_queue == 0);
    CHECK(stats.kernel_queue_max == host.row().backlog_effective);
  });
}

TEST_CASE("the kernel's queue is told before anybody accepts") {
  on_each_backend([](io::BackendKind kind) {
    Settings settings = settings_for(kind, 1);
    settings.shards = true;
    Host host(one(on("127.0.0.1:0")), settings);
    const std::vector<Fd> clients = connect_to(host.address(), 12);
    CHECK(host.stats().kernel_queue == 12);
    CHECK(host.take_all(12).size() == 12);
    CHECK(host.stats().kernel_queue == 0);
  });
}

}  // namespace
}  // namespace zest::acceptor
