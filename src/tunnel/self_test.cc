#include "tunnel/self_test.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sys/socket.h"
#include "tunnel/sockmap.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {
namespace {

constexpr int64_t patience_ns = 5 * ns_per_s;
constexpr int socket_buffer = 64 * 1024;
constexpr size_t before_size = 100;
constexpr size_t message_size = 1000;
// Between two ends that don't read, with buffers of that size: generously what may be under way.
constexpr size_t stalled_most = 8 << 20;
constexpr size_t size_all = 4 << 20;
constexpr size_t stalls = 4;
constexpr size_t messages = 32;

std::byte byte_at(size_t at) { return static_cast<std::byte>((at * 2'654'435'761u) >> 13); }

struct Ends {
  Fd near;
  Fd far;
};

Result<Ends> connected() {
  auto listening = sys::open_socket(AF_INET, SOCK_STREAM);
  if (!listening) return fail(listening.error());
  if (auto bound = sys::bind(listening->get(), *sys::Address::parse("127.0.0.1:0")); !bound)
    return fail(bound.error());
  if (auto begun = sys::listen(listening->get(), 1); !begun) return fail(begun.error());
  const auto address = sys::local_address(listening->get());
  auto far = sys::open_socket(AF_INET, SOCK_STREAM);
  if (!address || !far) return fail(address ? far.error() : address.error());
  if (::connect(far->get(), address->get(), address->size()) != 0 && errno != EINPROGRESS)
    return fail_errno(errno, "connect to oneself");
  Fd near(sys::accept(listening->get()));
  if (!near.valid()) return fail_errno(ECONNABORTED, "accept from oneself");
  for (const int fd : {near.get(), far->get()})
    for (const int name : {SO_SNDBUF, SO_RCVBUF})
      if (auto set = sys::set_option(fd, SOL_SOCKET, name, socket_buffer, "socket buffer"); !set)
        return fail(set.error());
  return Ends{std::move(near), std::move(*far)};
}

// What the two far ends do, without waiting.
class Talk {
 public:
  Talk(int says, int hears) : says_(says), hears_(hears) {}

  void say(size_t until) {
    std::array<std::byte, message_size> message;
    while (said_ < until) {
      const size_t size = std::min(message.size(), until - said_);
      for (size_t i = 0; i < size; ++i) message[i] = byte_at(said_ + i);
      const ssize_t sent = ::send(says_, message.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent <= 0) return;
      said_ += static_cast<size_t>(sent);
    }
  }
  void hear(size_t most) {
    std::array<std::byte, 16'384> heard;
    while (most > 0) {
      const ssize_t got = ::recv(hears_, heard.data(), std::min(most, heard.size()), MSG_DONTWAIT);
      if (got == 0) ended_ = true;
      if (got <= 0) return;
      for (size_t i = 0; i < static_cast<size_t>(got); ++i)
        right_ &= heard[i] == byte_at(heard_ + i);
      heard_ += static_cast<size_t>(got);
      most -= static_cast<size_t>(got);
    }
  }
  void end() { ::shutdown(says_, SHUT_WR); }

  size_t said() const { return said_; }
  size_t heard() const { return heard_; }
  bool right() const { return right_; }
  bool ended() const { return ended_; }

 private:
  const int says_;
  const int hears_;
  size_t said_ = 0;
  size_t heard_ = 0;
  bool right_ = true;
  bool ended_ = false;
};

class Trial {
 public:
  Trial(Sockmap& sockmap, std::unique_ptr<io::Loop> loop, Ends a, Ends b)
      : loop_(std::move(loop)),
        far_a_(std::move(a.far)),
        far_b_(std::move(b.far)),
        engines_(*loop_, {}, &sockmap),
        tunnel_(engines_, std::move(a.near), std::move(b.near), EngineChoice::sockmap) {}
  ~Trial() {
    tunnel_.cancel();
    turn_until([&] { return tunnel_.over(); });
    engines_.stop();
    turn_until([&] { return !engines_.busy(); });
  }

  Result<void> run();

 private:
  template <typename Condition>
  bool turn_until(Condition condition);
  template <typename Condition>
  bool turn_patiently(Condition condition);
  Result<void> chat();
  Result<void> stall();
  Result<void> end();

  SystemClock clock_;
  const int64_t deadline_ns_ = clock_.now_ns() + patience_ns;
  std::unique_ptr<io::Loop> loop_;
  Fd far_a_;
  Fd far_b_;
  Talk up_{far_a_.get(), far_b_.get()};
  Talk down_{far_b_.get(), far_a_.get()};
  Engines engines_;
  Tunnel tunnel_;
};

// For what certainly comes.
template <typename Condition>
bool Trial::turn_until(Condition condition) {
  while (!condition()) loop_->turn(clock_.now_ns() + ns_per_ms);
  return true;
}

template <typename Condition>
bool Trial::turn_patiently(Condition condition) {
  while (!condition()) {
    if (clock_.now_ns() > deadline_ns_ || tunnel_.over()) return condition();
    loop_->turn(clock_.now_ns() + ns_per_ms);
  }
  return true;
}

std::unexpected<Error> failed(const char* what) {
  return fail(Status::internal, "sockmap is not used: this kernel fails its test (%s)", what);
}

Result<void> Trial::run() {
  up_.say(before_size);
  tunnel_.start({}, nullptr, nullptr);
  const bool before = turn_patiently([&] {
    up_.hear(before_size);
    return up_.heard() == before_size;
  });
  if (!before) return failed("bytes that were there before");
  if (auto passed = chat(); !passed) return passed;
  for (size_t i = 0; i < stalls; ++i)
    if (auto passed = stall(); !passed) return passed;
  return end();
}

// One message at a time, which the kernel is to carry.
Result<void> Trial::chat() {
  for (size_t i = 0; i < messages; ++i) {
    const size_t target = up_.heard() + before_size;
    const bool heard = turn_patiently([&] {
      up_.say(target);
      up_.hear(target - up_.heard());
      return up_.heard() == target;
    });
    if (!heard || !up_.right()) return failed("one message after the other");
    for (int turns = 0; turns < 4; ++turns) loop_->turn(clock_.now_ns());  // it may join meanwhile
  }
  return {};
}

// A reader that stalls stops its sender; then it hears a part.
Result<void> Trial::stall() {
  size_t said = 0;
  int64_t since_ns = clock_.now_ns();
  const bool stops = turn_patiently([&] {
    up_.say(up_.heard() + stalled_most);
    if (std::exchange(said, up_.said()) != up_.said()) since_ns = clock_.now_ns();
    return clock_.now_ns() - since_ns > 3 * ns_per_ms;
  });
  if (!stops || up_.said() - up_.heard() >= stalled_most) return failed("a reader that stalls");
  const size_t target = std::min(up_.said(), up_.heard() + size_all / stalls);
  const bool heard = turn_patiently([&] {
    up_.hear(target - up_.heard());
    return up_.heard() >= target || !up_.right();
  });
  if (!heard || !up_.right()) return failed("order across a switch");
  return {};
}

Result<void> Trial::end() {
  up_.end();
  const bool half = turn_patiently([&] {
    up_.hear(SIZE_MAX);
    return up_.ended();
  });
  if (!half || up_.heard() != up_.said() || !up_.right()) return failed("an end behind the bytes");
  down_.say(before_size);
  down_.end();
  const bool whole = turn_patiently([&] {
    down_.hear(SIZE_MAX);
    return down_.ended() && tunnel_.over();
  });
  if (!whole || down_.heard() != before_size || !down_.right())
    return failed("a half-closed tunnel");
  if (tunnel_.ended().end != End::done || tunnel_.ended().bytes[0] != up_.said())
    return failed("the count of bytes");
  if (engines_.counters().kernel_bytes == 0) return failed("nothing went through the kernel");
  return {};
}

}  // namespace

Result<void> self_test(Sockmap& sockmap) {
  const SystemClock clock;
  auto loop =
      io::Loop::create({.submissions = 32, .completions = 128, .buffers = {.count = 32}}, clock);
  if (!loop) return fail(loop.error());
  if (auto attached = (*loop)->attach(); !attached) return attached;
  auto a = connected();
  if (!a) return fail(a.error());
  auto b = connected();
  if (!b) return fail(b.error());
  Trial trial(sockmap, std::move(*loop), std::move(*a), std::move(*b));
  return trial.run();
}

}  // namespace zest::tunnel
