#include "zproxy/demo_origin.h"

#include <poll.h>

#include <memory>
#include <vector>

#include "sys/cpu.h"
#include "sys/socket.h"
#include "zproxy/demo_connection.h"

namespace zest::zproxy {
namespace {

constexpr size_t connections_max = 512;

class Server {
 public:
  Server(int listening_fd, int stop_fd) : listening_fd_(listening_fd), stop_fd_(stop_fd) {}

  void run() {
    sys::name_thread("zproxy-demo");
    for (;;) {
      wait();
      if (wanted_[0].revents) return;
      for (size_t i = 0; i < connections_.size(); ++i)
        if (wanted_[i + 2].revents && !connections_[i]->go_on()) connections_[i].reset();
      std::erase(connections_, nullptr);
      if (wanted_[1].revents) accept();
    }
  }

 private:
  void wait() {
    const bool room = connections_.size() < connections_max;
    wanted_.clear();
    wanted_.push_back({.fd = stop_fd_, .events = POLLIN, .revents = 0});
    wanted_.push_back({.fd = room ? listening_fd_ : -1, .events = POLLIN, .revents = 0});
    for (const auto& connection : connections_)
      wanted_.push_back({.fd = connection->fd(), .events = connection->events(), .revents = 0});
    ::poll(wanted_.data(), wanted_.size(), -1);
  }

  void accept() {
    const int fd = sys::accept(listening_fd_);
    if (fd >= 0) connections_.push_back(std::make_unique<DemoConnection>(Fd(fd)));
  }

  const int listening_fd_;
  const int stop_fd_;
  std::vector<std::unique_ptr<DemoConnection>> connections_;
  std::vector<pollfd> wanted_;
};

}  // namespace

Result<DemoOrigin> DemoOrigin::start() {
  auto fd = sys::open_socket(AF_INET, SOCK_STREAM);
  if (!fd) return fail(fd.error());
  const sys::Address loopback = *sys::Address::parse("127.0.0.1:0");
  if (auto bound = sys::bind(fd->get(), loopback); !bound) return fail(bound.error());
  if (auto listening = sys::listen(fd->get(), 511); !listening) return fail(listening.error());
  auto local = sys::local_address(fd->get());
  if (!local) return fail(local.error());
  auto stop = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  if (!stop) return fail(stop.error());
  DemoOrigin origin(std::move(*fd), std::move(*stop), *local);
  origin.thread_ = std::thread([listening = origin.listening_.get(), ending = origin.stop_.fd()] {
    Server(listening, ending).run();
  });
  return origin;
}

DemoOrigin::~DemoOrigin() {
  if (!thread_.joinable()) return;
  stop_.signal();
  thread_.join();
}

}  // namespace zest::zproxy
