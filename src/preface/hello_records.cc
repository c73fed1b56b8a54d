#include "preface/hello_records.h"

#include <algorithm>

namespace zest::preface {
namespace {

using State = ClientHello::State;

constexpr size_t record_head = 5;
constexpr size_t fragment_max = 16'384;
constexpr size_t message_head = 4;
constexpr uint8_t handshake_record = 22;
constexpr uint8_t client_hello_type = 1;
constexpr uint8_t tls_major = 3;

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

bool stop(ClientHello& into, State state, const char* why) {
  into.state = state;
  into.why = why;
  return false;
}

bool wait_for(ClientHello& into, size_t need) {
  into.need = need;
  return false;
}

// Whether this can be TLS at all shows in its first six bytes.
const char* not_tls(std::string_view bytes) {
  if (!bytes.empty() && byte_at(bytes, 0) != handshake_record) return "no handshake record";
  if (bytes.size() > 1 && byte_at(bytes, 1) != tls_major) return "no version of TLS";
  return nullptr;
}

}  // namespace

bool HelloRecords::read(std::string_view bytes, const HelloLimits& limits, ClientHello& into) {
  size_ = 0;
  if (const char* why = not_tls(bytes)) return stop(into, State::not_tls, why);
  size_t at = 0;
  for (uint32_t records = 0;; ++records) {
    if (bytes.size() - at < record_head) return wait_for(into, at + record_head);
    if (records == limits.records) return stop(into, State::refused, "more records than are taken");
    const std::string_view head = bytes.substr(at);
    if (const char* why = not_tls(head)) return stop(into, State::refused, why);
    const auto size = static_cast<size_t>(byte_at(head, 3) << 8 | byte_at(head, 4));
    if (size == 0 || size > fragment_max)
      return stop(into, State::refused, "a record of a size that there is not");
    at += record_head;
    if (!take(bytes.substr(at, size), limits, into)) return false;
    if (size_ >= message_head && size_ >= wanted()) return true;
    if (bytes.size() - at < size) return wait_for(into, at + size);
    at += size;
  }
}

// As much of a fragment as has arrived.
bool HelloRecords::take(std::string_view fragment, const HelloLimits& limits, ClientHello& into) {
  const size_t most = std::min<size_t>(limits.bytes, message_max);
  size_ += fragment.copy(bytes_.data() + size_, std::min(fragment.size(), most - size_));
  if (size_ > 0 && static_cast<uint8_t>(bytes_[0]) != client_hello_type)
    return stop(into, State::refused, "a handshake that does not begin with a ClientHello");
  if (size_ >= message_head && wanted() > most)
    return stop(into, State::refused, "longer than is taken");
  return true;
}

size_t HelloRecords::wanted() const {
  const std::string_view bytes(bytes_.data(), size_);
  return message_head +
         static_cast<size_t>(byte_at(bytes, 1) << 16 | byte_at(bytes, 2) << 8 | byte_at(bytes, 3));
}

std::string_view HelloRecords::message() const {
  return {bytes_.data() + message_head, wanted() - message_head};
}

}  // namespace zest::preface
