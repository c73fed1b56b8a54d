// Names of Unix sockets: paths, abstract names, and what the kernel makes of them.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "base/fd.h"
#include "sys/address.h"
#include "sys/socket.h"

namespace zest::sys {
namespace {

using namespace std::string_literals;

constexpr socklen_t header = offsetof(sockaddr_un, sun_path);

Fd unix_socket() {
  auto fd = open_socket(AF_UNIX, SOCK_STREAM);
  REQUIRE(fd);
  return std::move(*fd);
}

TEST_CASE("a path counts its terminator, an abstract name has none") {
  const Address path = *Address::parse("unix:/tmp/x");
  CHECK(path.family() == AF_UNIX);
  CHECK(path.size() == header + strlen("/tmp/x") + 1);
  CHECK(path.unix_name() == "/tmp/x");
  const Address abstract = *Address::parse("unix:@x");
  CHECK(abstract.size() == header + 2);
  CHECK(abstract.unix_name() == "\0x"s);
}

TEST_CASE("a Unix name is one to 107 bytes long") {
  CHECK_FALSE(Address::parse("unix:"));
  CHECK_FALSE(Address::parse("unix:@"));
  const std::string longest(107, 'p');
  CHECK(Address::parse("unix:" + longest)->unix_name() == longest);
  CHECK_FALSE(Address::parse("unix:" + longest + "p"));
  CHECK(Address::parse("unix:@" + longest.substr(1))->unix_name().size() == 107);
}

TEST_CASE("the kernel gives back the abstract name that was bound") {
  const Fd fd = unix_socket();
  const Address name = *Address::parse("unix:@zest-test-" + std::to_string(::getpid()));
  REQUIRE(bind(fd.get(), name));
  const auto bound = local_address(fd.get());
  REQUIRE(bound);
  CHECK(bound->format().view() == name.format().view());
}

TEST_CASE("a socket without a name has an empty one") {
  const Fd fd = unix_socket();
  const auto unnamed = local_address(fd.get());
  REQUIRE(unnamed);
  CHECK(unnamed->family() == AF_UNIX);
  CHECK(unnamed->unix_name().empty());
  CHECK(unnamed->format().view() == "unix:");
}

// Somebody else may bind a path that fills sun_path to its last byte, without a terminator; the
// kernel then reports a size beyond the structure.
TEST_CASE("a path without a terminator is not read beyond its end") {
  std::string path = "/tmp/zest-" + std::to_string(::getpid()) + "-";
  path.resize(sizeof(sockaddr_un::sun_path), 'p');
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  memcpy(name.sun_path, path.data(), path.size());
  const Fd fd = unix_socket();
  REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  const auto bound = local_address(fd.get());
  ::unlink(path.c_str());
  REQUIRE(bound);
  CHECK(bound->size() <= Address::capacity());
  CHECK(bound->unix_name() == path);
}

}  // namespace
}  // namespace zest::sys
