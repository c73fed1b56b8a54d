#include "tls/ticket_keys.h"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <algorithm>
#include <new>

#include "tls/pem.h"

namespace zest::tls {

TicketKey::~TicketKey() { OPENSSL_cleanse(this, sizeof *this); }

void TicketKey::set(std::span<const unsigned char> bytes) {
  std::ranges::copy(bytes.first(16), name.begin());
  std::ranges::copy(bytes.subspan(16, 32), cipher.begin());
  std::ranges::copy(bytes.subspan(48, 32), mac.begin());
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::make(const Clock& clock, int64_t period_ns) try {
  auto keys = std::make_shared<TicketKeys>(clock);
  keys->period_ns_ = period_ns;
  if (!keys->rotate()) return fail_openssl("make a key for session tickets");
  return keys;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for ticket keys");
}

Result<std::shared_ptr<TicketKeys>> TicketKeys::from_file(const std::string& path,
                                                          const Clock& clock) try {
  struct stat about{};
  if (::stat(path.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0)
    return fail(Status::invalid_argument, "%s: other users may use it (chmod o= %s)", path.c_str(),
                path.c_str());
  auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  auto keys = std::make_shared<TicketKeys>(clock);
  const Result<void> taken = keys->take(*bytes, path);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (!taken) return fail(taken.error());
  return keys;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for ticket keys");
}

Result<void> TicketKeys::take(std::span<const unsigned char> bytes, const std::string& path) {
  const size_t count = bytes.size() / TicketKey::size;
  if (bytes.size() % TicketKey::size != 0 || count < 1 || count > generations)
    return fail(Status::invalid_argument,
                "%s: %zu bytes; one to three keys of 80 bytes are wanted (openssl rand 80)",
                path.c_str(), bytes.size());
  for (; count_ < count; ++count_)
    keys_[count_].set(bytes.subspan(count_ * TicketKey::size, TicketKey::size));
  return {};
}

bool TicketKeys::rotate() {
  std::ranges::move_backward(keys_.begin(), keys_.end() - 1, keys_.end());
  count_ = std::min(count_ + 1, generations);
  rotates_at_ns_ = period_ns_ == never_ns ? never_ns : clock_.now_ns() + period_ns_;
  std::array<unsigned char, TicketKey::size> bytes;
  const bool made = RAND_bytes(bytes.data(), bytes.size()) == 1;
  keys_[0].set(bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return made;
}

// Whoever was idle for long has no right to its older keys: each period takes one away.
bool TicketKeys::refresh() {
  const int64_t overdue_ns = clock_.now_ns() - rotates_at_ns_;
  if (overdue_ns < 0) return true;
  const auto missed = static_cast<size_t>(overdue_ns / period_ns_);
  count_ = std::min(count_, generations - 1 - std::min(missed, generations - 1));
  return rotate();
}

bool TicketKeys::newest(TicketKey& key) {
  const std::lock_guard lock(mutex_);
  if (!refresh()) return false;
  key = keys_[0];
  return true;
}

TicketKeys::Found TicketKeys::find(std::span<const unsigned char, 16> name, TicketKey& key) {
  const std::lock_guard lock(mutex_);
  if (!refresh()) return Found::no;
  for (size_t i = 0; i < count_; ++i) {
    if (!std::ranges::equal(keys_[i].name, name)) continue;
    key = keys_[i];
    return i == 0 ? Found::newest : Found::older;
  }
  return Found::no;
}

}  // namespace zest::tls
