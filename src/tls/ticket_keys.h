// The keys of stateless session tickets (RFC 5077, section 4): the newest seals, the two before it
// still open. Shared by all contexts and threads of a process, and through a file by a fleet.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace zest::tls {

struct TicketKey {
  static constexpr size_t size = 80;  // as it stands in a file

  std::array<unsigned char, 16> name{};
  std::array<unsigned char, 32> cipher{};  // AES-256
  std::array<unsigned char, 32> mac{};     // HMAC-SHA-256

  // From `size` bytes.
  void set(std::span<const unsigned char> bytes);

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();
};

class TicketKeys {
 public:
  static constexpr size_t generations = 3;

  // Random keys, a new one every `period_ns`. Older ones are erased: what was recorded cannot be
  // read with what is found in memory later.
  static Result<std::shared_ptr<TicketKeys>> make(const Clock& clock, int64_t period_ns);
  // One to three keys of 80 bytes, the newest first (openssl rand 80). Read again at reload.
  static Result<std::shared_ptr<TicketKeys>> from_file(const std::string& path, const Clock& clock);

  explicit TicketKeys(const Clock& clock) : clock_(clock) {}

  // Any thread. False: no random numbers could be had.
  [[nodiscard]] bool newest(TicketKey& key);
  enum class Found : uint8_t { no, newest, older };
  Found find(std::span<const unsigned char, 16> name, TicketKey& key);

 private:
  bool refresh();
  bool rotate();
  Result<void> take(std::span<const unsigned char> bytes, const std::string& path);

  const Clock& clock_;
  std::mutex mutex_;
  std::array<TicketKey, generations> keys_;  // the newest first
  size_t count_ = 0;
  int64_t period_ns_ = never_ns;
  int64_t rotates_at_ns_ = never_ns;
};

}  // namespace zest::tls
