#include "tunnel/far_end.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

#include "support/torture.h"

namespace zest::test {

Answer read_all(const Fd& fd) {
  Answer answer;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (n > 0) {
      answer.text.append(buffer, static_cast<size_t>(n));
      continue;
    }
    answer.error = n < 0 ? errno : 0;
    return answer;
  }
}

size_t waits_in(const Fd& fd) {
  int bytes = 0;
  ::ioctl(fd.get(), FIONREAD, &bytes);
  return static_cast<size_t>(bytes);
}

bool has_input(const Fd& fd) { return waits_in(fd) > 0; }

bool has_ended(const Fd& fd) {
  char byte;
  return ::recv(fd.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool turns_until(Joined& joined, const std::function<bool()>& condition) {
  for (int i = 0; i < 20'000 && !condition(); ++i) {
    if (fault_fired() && i > 50) return false;
    joined.loop->turn(system_clock().now_ns() + ns_per_ms);
  }
  return condition();
}

bool hears(Joined& joined, const Fd& fd, std::string_view text) {
  if (!turns_until(joined, [&] { return waits_in(fd) >= text.size(); })) return false;
  return read_exactly(fd, text.size()) == text;
}

void shut(const Fd& fd) { ::shutdown(fd.get(), SHUT_WR); }

void reset(Fd& fd) {
  reset_on_close(fd);
  fd = Fd();
}

}  // namespace zest::test
