// What the system says of itself.
#include "sys/system.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "support/sockets.h"
#include "sys/socket.h"

namespace zest::sys {
namespace {

using namespace zest::test;

struct File {
  explicit File(const std::string& text) {
    const int fd = ::mkstemp(path.data());
    REQUIRE(fd >= 0);
    CHECK(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~File() { ::unlink(path.c_str()); }
  std::string path = "/tmp/zest-system-test-XXXXXX";
};

std::optional<int64_t> number_in(const std::string& text) {
  return read_number(File(text).path.c_str());
}

// netstat read in another way: words of a stream.
uint64_t counter(const std::string& wanted) {
  std::ifstream file("/proc/self/net/netstat");
  std::string names;
  std::string numbers;
  while (std::getline(file, names) && std::getline(file, numbers)) {
    std::istringstream name_words(names);
    std::istringstream number_words(numbers);
    for (std::string name, number; name_words >> name && number_words >> number;)
      if (name == wanted) return std::stoull(number);
  }
  return 0;
}

TEST_CASE("a number is read from a file that holds one") {
  CHECK(number_in("4096\n") == 4096);
  CHECK(number_in("0") == 0);
  CHECK(number_in("-1\n") == -1);
  CHECK(number_in("17 19\n") == 17);
}

TEST_CASE("a file without a number has none") {
  CHECK_FALSE(number_in("").has_value());
  CHECK_FALSE(number_in("max\n").has_value());
  CHECK_FALSE(number_in("99999999999999999999\n").has_value());
  CHECK_FALSE(read_number("/nonexistent").has_value());
  CHECK_FALSE(read_number("/tmp").has_value());
}

TEST_CASE("the kernel's backlog limit can be read") {
  const auto somaxconn = read_number("/proc/sys/net/core/somaxconn");
  REQUIRE(somaxconn);
  CHECK(*somaxconn > 0);
}

TEST_CASE("the limit of open files is the process's") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(file_limit().soft == limit.rlim_cur);
  CHECK(file_limit().hard == limit.rlim_max);
}

TEST_CASE("the kernel's release is uname's") {
  utsname name{};
  REQUIRE(uname(&name) == 0);
  CHECK(kernel_release().view() == name.release);
}

TEST_CASE("the listen counters are those of netstat") {
  // Somebody else may be counted between the readings: then they are taken again.
  bool same = false;
  for (int i = 0; i < 100 && !same; ++i) {
    const auto counters = listen_counters();
    REQUIRE(counters);
    same = counters->overflows == counter("ListenOverflows") &&
           counters->drops == counter("ListenDrops");
  }
  CHECK(same);
}

TEST_CASE("a connection that finds no room in the queue is counted") {
  const auto before = listen_counters();
  REQUIRE(before);
  const Listening full = listening(0);
  const Fd queued = connected_to(full.address);
  const auto dropped = open_socket(AF_INET, SOCK_STREAM);
  REQUIRE(dropped);
  CHECK(::connect(dropped->get(), full.address.get(), full.address.size()) == -1);
  const auto after = listen_counters();
  REQUIRE(after);
  CHECK(after->overflows > before->overflows);
  CHECK(after->drops > before->drops);
}

}  // namespace
}  // namespace zest::sys
