#include "tls/program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/fd.h"
#include "support/backends.h"

namespace zest::test {
namespace {

constexpr int64_t moment_ns = 150 * ns_per_ms;
constexpr int64_t patience_ns = 20 * ns_per_s;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends;
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    from = Fd(ends[0]);
    to = Fd(ends[1]);
  }
  Fd from;
  Fd to;
};

pid_t spawn(const std::vector<std::string>& words, int in, int out) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
  pid_t child = -1;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(error == 0);
  return child;
}

void read_some(int fd, std::string& into) {
  std::array<char, 65'536> room;
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  while (::poll(&ready, 1, 0) > 0) {
    const ssize_t got = ::read(fd, room.data(), room.size());
    if (got <= 0) return;
    into.append(room.data(), static_cast<size_t>(got));
  }
}

}  // namespace

Program run_program(io::Loop& loop, const std::vector<std::string>& words,
                    const std::vector<std::string>& inputs) {
  Pipe in;
  Pipe out;
  const pid_t child = spawn(words, in.from.get(), out.to.get());
  out.to = Fd();
  Program program;
  int status = 0;
  const int64_t begun_ns = system_clock().now_ns();
  size_t written = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    loop.turn(system_clock().now_ns() + 5 * ns_per_ms);
    read_some(out.from.get(), program.said);
    const int64_t passed_ns = system_clock().now_ns() - begun_ns;
    if (passed_ns > static_cast<int64_t>(written) * moment_ns) {
      if (written == inputs.size()) {
        in.to = Fd();
      } else {
        CHECK(::write(in.to.get(), inputs[written].data(), inputs[written].size()) > 0);
      }
      written = std::min(written + 1, inputs.size());
    }
    if (passed_ns > patience_ns) ::kill(child, SIGKILL);
  }
  read_some(out.from.get(), program.said);
  if (WIFEXITED(status)) program.exit_code = WEXITSTATUS(status);
  return program;
}

}  // namespace zest::test
