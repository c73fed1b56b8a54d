#include "tls/control.h"

#include <algorithm>

namespace zest::tls {
namespace {

// More than a peer has reason to send without data in between (CVE-2024-32650 and its kind).
constexpr uint8_t idle_records_max = 32;

// RFC 8446, 4. HelloRequest is of TLS 1.2.
enum class Message : uint8_t {
  hello_request = 0,
  client_hello = 1,
  new_session_ticket = 4,
  key_update = 24,
};
constexpr size_t message_header_size = 4;
constexpr size_t key_update_size = 5;

}  // namespace

Control::Wish Control::refuse(Alert alert) {
  alert_ = static_cast<uint8_t>(alert);
  return Wish::refuse;
}

Control::Wish Control::read(Version version, ContentType type, std::span<const std::byte> content) {
  if (++idle_ > idle_records_max) return refuse(Alert::unexpected_message);
  switch (type) {
    case ContentType::application_data: return Wish::nothing;  // empty, or it would not be here
    case ContentType::alert: return read_alert(version, content);
    case ContentType::handshake:
      if (content.empty()) return refuse(Alert::unexpected_message);
      return version == Version::tls13 ? read_messages(content) : read_renegotiation();
    default: return refuse(Alert::unexpected_message);
  }
}

// RFC 8446, 6: of TLS 1.3 all but two are fatal, whatever level they say.
Control::Wish Control::read_alert(Version version, std::span<const std::byte> content) {
  if (content.size() != 2) return refuse(Alert::decode_error);
  alert_ = static_cast<uint8_t>(content[1]);
  if (alert_ == static_cast<uint8_t>(Alert::close_notify)) return Wish::close;
  if (alert_ == static_cast<uint8_t>(Alert::user_canceled)) return Wish::nothing;
  const bool warning = content[0] == static_cast<std::byte>(AlertLevel::warning);
  return version == Version::tls12 && warning ? Wish::nothing : Wish::peer_failed;
}

// Of TLS 1.2 it can only be a wish to begin anew, which is refused.
Control::Wish Control::read_renegotiation() { return refuse(Alert::no_renegotiation); }

Control::Wish Control::read_messages(std::span<const std::byte> content) {
  if (!serves_ && partial_ == 0) {
    content = skip_tickets(content);
    if (content.empty()) return Wish::tickets;
  }
  return read_key_update(content);
}

// What is left is no ticket.
std::span<const std::byte> Control::skip_tickets(std::span<const std::byte> content) {
  for (;;) {
    const size_t skipped = std::min<size_t>(skip_, content.size());
    skip_ -= static_cast<uint32_t>(skipped);
    content = content.subspan(skipped);
    const bool ticket = content.size() >= message_header_size &&
                        content[0] == static_cast<std::byte>(Message::new_session_ticket);
    if (!ticket) return content;
    skip_ = static_cast<uint32_t>(message_header_size) + (static_cast<uint32_t>(content[1]) << 16 |
                                                          static_cast<uint32_t>(content[2]) << 8 |
                                                          static_cast<uint32_t>(content[3]));
  }
}

// It may come in pieces, but nothing may stand behind it in its record (RFC 8446, 5.1).
Control::Wish Control::read_key_update(std::span<const std::byte> content) {
  if (content.size() > key_update_size - partial_) return refuse(Alert::unexpected_message);
  std::ranges::copy(content, begun_.begin() + partial_);
  partial_ = static_cast<uint8_t>(partial_ + content.size());
  if (begun_[0] != static_cast<std::byte>(Message::key_update))
    return refuse(Alert::unexpected_message);
  const bool sized =
      begun_[1] == std::byte{0} && begun_[2] == std::byte{0} && begun_[3] == std::byte{1};
  if (partial_ >= message_header_size && !sized) return refuse(Alert::decode_error);
  if (partial_ < key_update_size) return Wish::nothing;
  partial_ = 0;
  if (begun_[4] == std::byte{0}) return Wish::update;
  return begun_[4] == std::byte{1} ? Wish::update_both : refuse(Alert::illegal_parameter);
}

}  // namespace zest::tls
