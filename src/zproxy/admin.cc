#include "zproxy/admin.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "sys/cpu.h"
#include "sys/socket.h"

namespace zest::zproxy {
namespace {

constexpr size_t clients_max = 32;
constexpr int64_t pause_ms = 100;  // after an accept that failed for want of something

class Clients {
 public:
  Clients(int listening_fd, int stop_fd, const Pages& pages)
      : listening_fd_(listening_fd), stop_fd_(stop_fd), pages_(pages) {}

  void serve() {
    while (!wait()) {
      for (size_t i = 0; i < open_.size(); ++i)
        if (wanted_[i].revents) open_[i]->ready(now_ns_);
      std::erase_if(
          open_, [this](const auto& one) { return one->over() || one->deadline_ns() <= now_ns_; });
      if (wanted_[clients_max].revents) accept();
    }
  }

 private:
  // True: it was stopped.
  bool wait() {
    int64_t until_ns = resume_ns_;
    for (size_t i = 0; i < open_.size(); ++i) {
      wanted_[i] = {.fd = open_[i]->fd(), .events = open_[i]->events(), .revents = 0};
      until_ns = std::min(until_ns, open_[i]->deadline_ns());
    }
    for (size_t i = open_.size(); i < clients_max; ++i) wanted_[i] = {.fd = -1};
    const bool accepts = resume_ns_ == never_ns;
    wanted_[clients_max] = {.fd = accepts ? listening_fd_ : -1, .events = POLLIN};
    wanted_[clients_max + 1] = {.fd = stop_fd_, .events = POLLIN};
    ::poll(wanted_.data(), wanted_.size(), timeout_ms(until_ns));
    now_ns_ = SystemClock().now_ns();
    if (resume_ns_ <= now_ns_) resume_ns_ = never_ns;
    return wanted_[clients_max + 1].revents != 0;
  }

  static int timeout_ms(int64_t until_ns) {
    if (until_ns == never_ns) return -1;
    const int64_t left_ns = until_ns - SystemClock().now_ns();
    return left_ns <= 0 ? 0 : static_cast<int>(left_ns / ns_per_ms + 1);
  }

  void accept() {
    const int fd = sys::accept(listening_fd_);
    if (fd >= 0) {
      if (open_.size() == clients_max) make_room();
      open_.push_back(std::make_unique<AdminExchange>(Fd(fd), pages_, now_ns_));
    } else if (fd != -EAGAIN && fd != -ECONNABORTED && fd != -EINTR) {
      resume_ns_ = deadline_after_ms(now_ns_, pause_ms);  // the listener would stay readable
    }
  }

  // The one that has said nothing whole for the longest, or else the oldest.
  void make_room() {
    const auto silent = std::ranges::find_if(open_, [](const auto& one) { return one->asking(); });
    open_.erase(silent == open_.end() ? open_.begin() : silent);
  }

  const int listening_fd_;
  const int stop_fd_;
  const Pages& pages_;
  std::vector<std::unique_ptr<AdminExchange>> open_;  // oldest first
  std::array<pollfd, clients_max + 2> wanted_{};
  int64_t now_ns_ = 0;
  int64_t resume_ns_ = never_ns;
};

}  // namespace

Result<Admin> Admin::bind(const sys::Address& address) {
  auto fd = sys::open_socket(address.family(), SOCK_STREAM);
  if (!fd) return fail(fd.error());
  if (address.is_ip())
    if (auto set = sys::set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR"); !set)
      return fail(set.error());
  if (auto bound = sys::bind(fd->get(), address); !bound) return fail(bound.error());
  if (auto listening = sys::listen(fd->get(), 64); !listening) return fail(listening.error());
  auto local = sys::local_address(fd->get());
  if (!local) return fail(local.error());
  auto stop = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  if (!stop) return fail(stop.error());
  return Admin(std::move(*fd), std::move(*stop), *local);
}

Admin::~Admin() {
  if (!thread_.joinable()) return;
  stop_.signal();
  thread_.join();
}

void Admin::start(Pages pages) {
  thread_ =
      std::thread([listening = listening_.get(), stop = stop_.fd(), pages = std::move(pages)] {
        sys::name_thread("zproxy-admin");
        Clients(listening, stop, pages).serve();
      });
}

}  // namespace zest::zproxy
