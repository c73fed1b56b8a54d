#include "tunnel/talk.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace zest::test {
namespace {

// Prime, so that no size that buffers or pages have is a part of it.
constexpr size_t period = 1'000'003;
constexpr size_t piece_most = 1 << 18;

const std::string& text() {
  static const std::string made = [] {
    std::string text(period + piece_most, 0);
    uint64_t state = 88'172'645'463'325'252ull;
    for (size_t i = 0; i < period; ++i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      text[i] = static_cast<char>(state >> 24);
    }
    std::copy_n(text.begin(), piece_most, text.begin() + period);
    return text;
  }();
  return made;
}

const char* from(size_t at, unsigned seed) { return &text()[(at + seed * 7'919) % period]; }

}  // namespace

char text_at(size_t at, unsigned seed) { return *from(at, seed); }

Talk::Talk(const Fd& fd, const Plan& plan)
    : fd_(fd.get()), plan_(plan), says_([this] { say(); }), hears_([this] { hear(); }) {}

Talk::~Talk() { join(); }

void Talk::join() {
  if (says_.joinable()) says_.join();
  if (hears_.joinable()) hears_.join();
}

void Talk::say() {
  uint32_t random = plan_.seed + 1;
  for (size_t at = 0; at < plan_.says;) {
    random = random * 1'103'515'245 + 12'345;
    const size_t most = std::min(plan_.piece_max, plan_.says - at);
    const size_t size = std::min(most, 1 + (random >> 8) % most);
    const ssize_t n = ::send(fd_, from(at, plan_.seed), size, MSG_NOSIGNAL);
    if (n <= 0) return;
    at += static_cast<size_t>(n);
    said_ = at;
    if (plan_.pause_us > 0 && (random >> 4) % 16 == 0) ::usleep(plan_.pause_us);
  }
  if (plan_.ends) ::shutdown(fd_, SHUT_WR);
}

void Talk::hear() {
  std::vector<char> buffer(piece_most);
  for (bool stalled = false;;) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) {
      ended_ = n == 0;
      done_ = true;
      return;
    }
    const auto size = static_cast<size_t>(n);
    if (memcmp(buffer.data(), from(heard_, plan_.hears_seed), size) != 0) ++wrong_;
    heard_ += size;
    if (!stalled && heard_ >= plan_.stalls_at) ::usleep(plan_.stall_ms * 1000);
    stalled = heard_ >= plan_.stalls_at;
  }
}

}  // namespace zest::test
