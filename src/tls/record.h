// A record on the wire: five bytes of header, then what they announce (RFC 8446, section 5.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tls/suite.h"

namespace zest::tls {

enum class ContentType : uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

constexpr size_t record_header_size = 5;
constexpr size_t plaintext_max = 16384;
// Of TLS 1.2; TLS 1.3 allows 256 where this allows 2048 (RFC 5246, 6.2.3; RFC 8446, 5.2).
constexpr size_t ciphertext_max = plaintext_max + 2048;
constexpr size_t record_size_max = record_header_size + ciphertext_max;
// What receive buffers need before them, so that the first part of a record fits there, opened.
constexpr uint32_t headroom = plaintext_max;
// The most that a record of ours is longer than what is in it: header, nonce or type, tag.
constexpr size_t record_overhead_max = record_header_size + 8 + tag_size;

struct RecordHeader {
  ContentType type{};
  size_t length = 0;  // of what follows

  size_t record_size() const { return record_header_size + length; }
};

inline RecordHeader read_header(std::span<const std::byte> bytes) {
  return {.type = static_cast<ContentType>(bytes[0]),
          .length = static_cast<size_t>(bytes[3]) << 8 | static_cast<size_t>(bytes[4])};
}

// Every record says that it is of TLS 1.2 (RFC 8446, 5.1), except the very first ones.
inline void write_header(std::span<std::byte> into, ContentType type, size_t length) {
  into[0] = static_cast<std::byte>(type);
  into[1] = into[2] = std::byte{3};
  into[3] = static_cast<std::byte>(length >> 8);
  into[4] = static_cast<std::byte>(length);
}

}  // namespace zest::tls
