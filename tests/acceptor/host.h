// A service as a host has it: started, taken from, and ended with its test.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "acceptor/service.h"
#include "base/fd.h"

namespace zest::test {

using acceptor::ListenerConfig;
using acceptor::Settings;

ListenerConfig on(const std::string& address, uint64_t id = 1);
std::vector<ListenerConfig> one(ListenerConfig config);
Settings settings_for(io::BackendKind kind, uint32_t threads = 2);

// io_uring and epoll, each with threads and with shards that the calling thread drives.
void on_each_mode(const std::function<void(const Settings&)>& body);

// Out of a handle: a connection, or (without an fd) news.
struct Taken {
  Fd fd;
  uint64_t listener_id = 0;
  uint32_t shard = 0;
  net::Protocol protocol = net::Protocol::tcp;
  int64_t at_ns = 0;
};

class Host {
 public:
  Host(std::vector<ListenerConfig> configs, const Settings& settings);

  acceptor::Service& service() { return *service_; }
  const acceptor::Report& report() const { return report_; }
  const acceptor::ReportRow& row(size_t index = 0) const { return report_.rows.at(index); }
  const sys::Address& address(size_t row = 0) const { return report_.rows.at(row).address; }
  bool driven() const { return settings_.shards; }

  // From all shards; with ZEST_SHARDS the calling thread drives them in turn.
  Status take(std::vector<Taken>& into, int64_t timeout_ms, size_t most = 64);
  Status take_from(uint32_t shard, std::vector<Taken>& into, int64_t timeout_ms, size_t most = 64);
  // Makes shards that the calling thread drives do their work; threads do it by themselves.
  void let_work();
  // Until there are so many; fewer if they don't come. News counts.
  std::vector<Taken> take_all(size_t count);
  // Nothing more comes: the status that says why.
  Status take_end(std::vector<Taken>* rest = nullptr);

  acceptor::Receipt shut_down(int64_t timeout_ms);
  acceptor::Receipt shut_down();  // with time enough
  acceptor::ShardStats stats(uint32_t shard = 0) { return service_->stats(shard); }
  uint64_t sum(Count acceptor::Counters::* member) const;

  // Freed, and the fds that nobody took with it.
  void free() { service_.reset(); }

 private:
  Status take_round(std::vector<Taken>& into, int64_t timeout_ms, size_t most);

  Settings settings_;
  acceptor::Report report_;
  std::unique_ptr<acceptor::Service> service_;
};

// Starts one that cannot; tells why.
Error refused_to_start(std::vector<ListenerConfig> configs, const Settings& settings,
                       acceptor::Report* report = nullptr);

// Bounded waits: long, but short once a fault was injected and nothing can be promised.
int64_t patience_ms();
bool eventually(const std::function<bool()>& condition);

}  // namespace zest::test
