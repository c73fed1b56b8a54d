#include "acceptor/waiter.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace zest::test {

Waiter::Waiter(std::function<void()> call)
    : call_(std::move(call)), thread_([this] {
        id_ = ::gettid();
        call_();
        id_ = -1;
      }) {
  // However long it takes: what the call is inside of may be freed next.
  while (id_ >= 0 && !asleep()) ::usleep(500);
}

// The kernel's word for its state stands after the name in brackets.
bool Waiter::asleep() const {
  if (id_ == 0) return false;
  std::ifstream file("/proc/self/task/" + std::to_string(id_) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const size_t name_end = text.rfind(')');
  return name_end != std::string::npos && text.compare(name_end, 3, ") S") == 0;
}

}  // namespace zest::test
