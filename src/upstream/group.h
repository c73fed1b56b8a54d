// Origins that serve the same: what all workers share. Only the peers' atomics change.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "tls/client_context.h"
#include "upstream/config.h"

namespace zest::upstream {

struct Peer {
  sys::Address address;
  std::atomic<uint32_t> active{0};  // exchanges under way, of all workers
  // 0, or until when others are asked first: it could not be connected to. Over with the next
  // connection, or exchange on a kept one.
  std::atomic<int64_t> rests_until_ns{0};
  // Told by name; beside what an exchange writes anyway.
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> connects{0};
  std::atomic<uint64_t> connect_failures{0};

  bool rests(int64_t now_ns) const {
    return rests_until_ns.load(std::memory_order_relaxed) > now_ns;
  }
  void works() {
    if (rests_until_ns.load(std::memory_order_relaxed) != 0) rests_until_ns = 0;
  }
};

class Group {
 public:
  explicit Group(GroupConfig config)
      : config_(std::move(config)), peers_(std::make_unique<Peer[]>(config_.addrs.size())) {
    for (size_t i = 0; i < config_.addrs.size(); ++i) peers_[i].address = config_.addrs[i];
  }

  // Reads the files that its TLS needs. Before workers run. `errors`: as for a tls::ClientContext.
  Result<void> prepare(int64_t now_s, std::vector<std::string>* errors = nullptr);

  const GroupConfig& config() const { return config_; }
  const std::shared_ptr<const tls::ClientContext>& tls() const { return tls_; }  // null: none
  std::span<Peer> peers() const { return {peers_.get(), config_.addrs.size()}; }
  void rest(Peer& peer, int64_t now_ns) const;

 private:
  const GroupConfig config_;
  const std::unique_ptr<Peer[]> peers_;
  std::shared_ptr<const tls::ClientContext> tls_;
};

}  // namespace zest::upstream
