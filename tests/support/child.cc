#include "support/child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace zest::test {
namespace {

constexpr unsigned seconds_max = 60;
constexpr int survived = 0;

void silence() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDERR_FILENO);
}

}  // namespace

ChildEnd in_child(const std::function<int()>& body) {
  fflush(nullptr);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::alarm(seconds_max);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) return {.signal = WTERMSIG(status)};
  return {.exit_code = WEXITSTATUS(status)};
}

bool dies(const std::function<void()>& body) {
  const ChildEnd end = in_child([&] {
    silence();
    std::signal(SIGABRT, SIG_DFL);  // not doctest's handler
    body();
    return survived;
  });
  return end.signal == SIGABRT || end.exit_code > 0;
}

}  // namespace zest::test
