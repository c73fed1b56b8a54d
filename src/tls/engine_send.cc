// The sending half of an engine: what it has to say itself comes first, in the order in which the
// peer expects it.
#include <algorithm>

#include "tls/engine.h"

namespace zest::tls {
namespace {

// RFC 8446, 5.5: so many full records under one key of AES-GCM are safe, with much to spare.
constexpr uint64_t records_per_key_max = uint64_t{1} << 23;

bool anything_in(std::span<iovec>& plain) {
  while (!plain.empty() && plain.front().iov_len == 0) plain = plain.subspan(1);
  return !plain.empty();
}

}  // namespace

bool Engine::wants_to_send() const {
  return sent_ < output_.size() || update_ != Update::none || alert_ != Alert::none;
}

bool Engine::kernel_may_take_over() const {
  return is_open() && !ended_ && !closed_ && !handshake_ && !wants_short_records() &&
         !wants_to_send();
}

size_t Engine::seal(std::span<iovec>& plain, std::span<std::byte> into) {
  size_t written = write_handshake(into);
  if (sent_ < output_.size()) return written;
  written += write_control(into.subspan(written));
  while (is_open() && !closed_ && anything_in(plain)) {
    const size_t record = sealer_.seal(ContentType::application_data, plain, into.subspan(written));
    if (record == 0) break;
    written += record;
  }
  if (sealer_.failed()) fail_with("encryption failed");
  return written;
}

size_t Engine::write_handshake(std::span<std::byte> into) {
  const size_t size = std::min(into.size(), output_.size() - sent_);
  std::ranges::copy(output_.span().subspan(sent_, size), into.begin());
  sent_ += static_cast<uint32_t>(size);
  if (sent_ == output_.size()) {
    output_.reset();
    sent_ = 0;
  }
  return size;
}

// While something is left of a handshake's output, all that was written is of that.
bool Engine::take_back(std::span<const std::byte> unsent) {
  if (!output_.empty()) {
    sent_ -= static_cast<uint32_t>(unsent.size());
  } else if (!output_.append(unsent)) {
    fail_with("no memory");
    return false;
  }
  return true;
}

size_t Engine::write_control(std::span<std::byte> into) {
  const bool worn = is_open() && sealer_.traffic().sequence >= records_per_key_max &&
                    sealer_.traffic().version == Version::tls13;
  if (worn && update_ == Update::none) update_ = Update::ours;
  size_t written = 0;
  if (update_ != Update::none) written += write_update(into);
  if (alert_ != Alert::none) written += write_alert(into.subspan(written));
  return written;
}

// The last record under the old keys (RFC 8446, 4.6.3).
size_t Engine::write_update(std::span<std::byte> into) {
  const auto request = static_cast<std::byte>(update_ == Update::both);
  const std::array message = {std::byte{24}, std::byte{0}, std::byte{0}, std::byte{1}, request};
  const size_t written = sealer_.seal(ContentType::handshake, message, into);
  if (written == 0) return 0;
  update_ = Update::none;
  if (!sealer_.next_generation(*algorithms_)) fail_with("no memory");
  return written;
}

size_t Engine::write_alert(std::span<std::byte> into) {
  const bool warning = alert_ == Alert::close_notify || alert_ == Alert::no_renegotiation;
  const AlertLevel level = warning ? AlertLevel::warning : AlertLevel::fatal;
  const std::array message = {static_cast<std::byte>(level), static_cast<std::byte>(alert_)};
  const size_t written = sealer_.seal(ContentType::alert, message, into);
  if (written > 0) alert_ = Alert::none;
  return written;
}

void Engine::close() {
  if (!is_open() || closed_) return;
  alert_ = Alert::close_notify;
  closed_ = true;
}

void Engine::update_keys() {
  if (is_open() && !closed_ && sealer_.traffic().version == Version::tls13) update_ = Update::both;
}

}  // namespace zest::tls
