#include "support/apart.h"

#include <doctest/doctest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"
#include "support/child.h"

namespace zest::test {
namespace {

constexpr int went_wrong = 1;
constexpr int not_allowed = 77;

int run(const std::function<void(Verdict&)>& body) {
  if (long_form()) ::alarm(0);
  Verdict verdict;
  try {
    body(verdict);
  } catch (...) {  // a REQUIRE has failed, and has said so
    verdict.expect(false, "a requirement failed");
  }
  return verdict.good() ? 0 : went_wrong;
}

void judge(const ChildEnd& end) {
  // A crash stays one, also where the torture run takes failed checks for granted.
  if (end.signal == SIGALRM) ::pause();
  if (end.signal != 0) ::abort();
  if (end.exit_code > went_wrong && end.exit_code != not_allowed) ::_exit(end.exit_code);
  CHECK(end.exit_code == 0);
}

bool switched_on(const char* name) {
  const char* wanted = getenv(name);
  return wanted && strcmp(wanted, "0") != 0;
}

bool bring_up_loopback() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return fd.valid() && ::ioctl(fd.get(), SIOCSIFFLAGS, &request) == 0;
}

}  // namespace

bool Verdict::expect(bool holds, const char* words, long long number) {
  if (holds) return true;
  fprintf(stderr, "apart: wrong: %s (%lld)\n", words, number);
  good_ = false;
  return false;
}

void apart(const std::function<void(Verdict&)>& body) {
  judge(in_child([&] { return run(body); }));
}

void apart_in_namespace(const std::function<void(Verdict&)>& body) {
  const ChildEnd end = in_child([&] {
    if (::unshare(CLONE_NEWNET) != 0 || !bring_up_loopback()) return not_allowed;
    return run(body);
  });
  if (end.exit_code == not_allowed) {
    MESSAGE("skipped: a network namespace needs CAP_SYS_ADMIN");
    return;
  }
  judge(end);
}

bool long_form() { return switched_on("ZEST_LONG"); }
bool short_form() { return switched_on("ZEST_SHORT"); }

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace zest::test
