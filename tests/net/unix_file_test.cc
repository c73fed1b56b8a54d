// The files of Unix sockets: made, taken over from the dead, and removed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "net/listener.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

struct Place {
  ~Place() { ::unlink(path.c_str()); }
  sys::Address address() const { return *sys::Address::parse("unix:" + path); }
  bool exists() const { return ::access(path.c_str(), F_OK) == 0; }
  uint32_t mode() const {
    struct stat file{};
    CHECK(::stat(path.c_str(), &file) == 0);
    return file.st_mode & 0777;
  }

  std::string path = "/tmp/zest-unix-file-" + std::to_string(::getpid());
};

Result<Bound> bind_to(const Place& place, uint32_t mode = 0) {
  return bind_socket(place.address(), {.protocol = Protocol::local, .unix_mode = mode});
}

// A file without anybody behind it.
void leave_behind(const Place& place) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sys::Address address = place.address();
  REQUIRE(::bind(socket.get(), address.get(), address.size()) == 0);
}

TEST_CASE("a Unix socket's file has the mode asked for, or the umask's") {
  const Place place;
  for (const uint32_t mode : {0600U, 0660U, 0777U}) {
    const auto bound = bind_to(place, mode);
    REQUIRE(bound);
    CHECK(place.mode() == mode);
  }
  const mode_t before = ::umask(027);
  const auto bound = bind_to(place);
  ::umask(before);
  REQUIRE(bound);
  CHECK(place.mode() == 0750);
}

TEST_CASE("the file goes with its socket") {
  const Place place;
  {
    const auto bound = bind_to(place);
    REQUIRE(bound);
    CHECK(place.exists());
  }
  CHECK_FALSE(place.exists());
}

TEST_CASE("the file goes once, wherever its owner was moved") {
  const Place place;
  auto bound = bind_to(place);
  REQUIRE(bound);
  UnixPath path = std::move(bound->path);
  UnixPath last;
  last = std::move(path);
  path.remove();
  CHECK(place.exists());
  last.remove();
  CHECK_FALSE(place.exists());
  leave_behind(place);
  last.remove();
  CHECK(place.exists());
}

TEST_CASE("a file that a successor has put there is not removed") {
  const Place place;
  {
    const auto bound = bind_to(place);
    REQUIRE(bound);
    REQUIRE(::unlink(place.path.c_str()) == 0);
    leave_behind(place);
  }
  CHECK(place.exists());
}

TEST_CASE("a dead server's file is removed") {
  const Place place;
  leave_behind(place);
  CHECK_FALSE(bind_to(place));
  const auto removed = remove_stale_unix(place.address());
  REQUIRE(removed);
  CHECK(*removed);
  CHECK_FALSE(place.exists());
  CHECK(bind_to(place));
}

TEST_CASE("a living server's file is not") {
  const Place place;
  const auto bound = bind_to(place);
  REQUIRE(bound);
  REQUIRE(sys::listen(bound->fd.get(), 1));
  const auto removed = remove_stale_unix(place.address());
  REQUIRE(removed);
  CHECK_FALSE(*removed);
  CHECK(place.exists());
}

TEST_CASE("what is no socket is not removed") {
  const Place place;
  const Fd file(::open(place.path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  REQUIRE(file.valid());
  const auto removed = remove_stale_unix(place.address());
  REQUIRE(removed);
  CHECK_FALSE(*removed);
  CHECK(place.exists());
  const auto bound = bind_to(place);
  REQUIRE_FALSE(bound);
  CHECK(bound.error().os_errno == EADDRINUSE);
}

TEST_CASE("where there is no file there is nothing to remove") {
  const Place place;
  CHECK_FALSE(*remove_stale_unix(place.address()));
  CHECK_FALSE(*remove_stale_unix(*sys::Address::parse("unix:@zest-abstract")));
  CHECK_FALSE(*remove_stale_unix(*sys::Address::parse("127.0.0.1:80")));
}

TEST_CASE("a directory that is not there is named") {
  const auto bound =
      bind_socket(*sys::Address::parse("unix:/nonexistent/zest"), {.protocol = Protocol::local});
  REQUIRE_FALSE(bound);
  CHECK(bound.error().os_errno == ENOENT);
  CHECK(bound.error().message.view().find("/nonexistent/zest") != std::string_view::npos);
}

}  // namespace
}  // namespace zest::net
