// Both ends of a load: clients that connect, get one byte and go, and a host that answers them.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "acceptor/host.h"
#include "sys/address.h"

namespace zest::test {

std::vector<Fd> connect_to(const sys::Address& address, size_t count);

// Keeps the port of a service that listens with SO_REUSEPORT from every other process, also when
// the service has left it: whoever comes back there (a SYN that was held off comes again after a
// second) meets nobody, and no stranger.
Fd hold_port(const sys::Address& address);

// Several clients in threads of their own, one connection after another. Whoever was connected must
// get his byte: else he is lost.
class Churn {
 public:
  Churn(const sys::Address& address, int clients);
  ~Churn() { stop(); }
  void stop();

  uint64_t served() const { return served_; }
  uint64_t refused() const { return refused_; }  // nobody listened
  uint64_t lost() const { return lost_; }

 private:
  void run();
  void visit();
  int connect(const Fd& fd) const;
  bool await(const Fd& fd, short events) const;
  void await_byte(const Fd& fd);

  const sys::Address address_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> served_{0};
  std::atomic<uint64_t> refused_{0};
  std::atomic<uint64_t> lost_{0};
  std::vector<std::jthread> threads_;
};

// Threads that take and answer until the service is closed: one per shard if they drive them.
class Answerers {
 public:
  explicit Answerers(Host& host, int threads = 2);
  ~Answerers();
  void join();  // once the service is shut down

  uint64_t answered() const { return answered_; }
  bool all_closed() const { return closed_ == threads_; }  // each was told of the end

 private:
  void run(uint32_t shard);

  Host& host_;
  std::atomic<bool> stopping_{false};
  std::atomic<uint64_t> answered_{0};
  std::atomic<int> closed_{0};
  int threads_;
  std::vector<std::jthread> running_;
};

}  // namespace zest::test
