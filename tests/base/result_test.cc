// What a failure says of itself.
#include "base/result.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "base/status.h"

namespace zest {
namespace {

Result<int> halve(int number) {
  if (number % 2) return fail(Status::invalid_argument, "%d is odd", number);
  return number / 2;
}

TEST_CASE("a result holds a value or the reason why there is none") {
  CHECK(*halve(4) == 2);
  const Result<int> failed = halve(3);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().status == Status::invalid_argument);
  CHECK(failed.error().os_errno == 0);
  CHECK(failed.error().message.view() == "3 is odd");
}

TEST_CASE("a failed system call says what was being done and what the errno means") {
  const Error error = fail_errno(EADDRINUSE, "bind %s", "127.0.0.1:80").error();
  CHECK(error.status == Status::address_in_use);
  CHECK(error.os_errno == EADDRINUSE);
  CHECK(error.message.view() == "bind 127.0.0.1:80: Address already in use");
}

TEST_CASE("an errno that nobody knows is still an error") {
  const Error error = fail_errno(9999, "call").error();
  CHECK(error.status == Status::system);
  CHECK(error.message.view() == "call: unknown error");
}

TEST_CASE("a failure is handed on as it is") {
  const Error first = fail_errno(EMFILE, "socket").error();
  const Error second = fail(first).error();
  CHECK(second.status == Status::out_of_fds);
  CHECK(second.os_errno == EMFILE);
  CHECK(second.message.view() == first.message.view());
}

TEST_CASE("a message longer than its room is cut off, and ends with a zero") {
  const std::string name(1000, 'x');
  const Error error = fail_errno(EPERM, "open %s", name.c_str()).error();
  CHECK(error.message.view().size() == 255);
  CHECK(error.message.c_str()[255] == 0);
}

TEST_CASE("each errno has the status that says most to a user") {
  CHECK(status_of_errno(0) == Status::ok);
  CHECK(status_of_errno(EADDRINUSE) == Status::address_in_use);
  CHECK(status_of_errno(EADDRNOTAVAIL) == Status::address_not_available);
  CHECK(status_of_errno(EACCES) == Status::permission_denied);
  CHECK(status_of_errno(EPERM) == Status::permission_denied);
  CHECK(status_of_errno(EMFILE) == Status::out_of_fds);
  CHECK(status_of_errno(ENFILE) == Status::out_of_fds);
  CHECK(status_of_errno(ENOMEM) == Status::out_of_memory);
  CHECK(status_of_errno(ENOBUFS) == Status::out_of_memory);
  CHECK(status_of_errno(ETIMEDOUT) == Status::timed_out);
  CHECK(status_of_errno(ETIME) == Status::timed_out);
  CHECK(status_of_errno(EIO) == Status::system);
}

TEST_CASE("every status has a name of its own") {
  const Status all[] = {
      Status::ok,
      Status::timed_out,
      Status::closed,
      Status::listener_failed,
      Status::null_argument,
      Status::invalid_argument,
      Status::unsupported,
      Status::bad_address,
      Status::duplicate_listener,
      Status::wrong_thread,
      Status::wrong_mode,
      Status::forked,
      Status::address_in_use,
      Status::address_not_available,
      Status::permission_denied,
      Status::out_of_fds,
      Status::out_of_memory,
      Status::system,
      Status::bad_message,
      Status::internal,
  };
  for (const Status one : all) {
    CHECK(std::string(status_name(one)).starts_with("ZEST_"));
    for (const Status other : all)
      CHECK((one == other) == (std::string(status_name(one)) == status_name(other)));
  }
  CHECK(std::string(status_name(static_cast<Status>(12345))) == "unknown status");
}

}  // namespace
}  // namespace zest
