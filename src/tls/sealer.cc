#include "tls/sealer.h"

#include <algorithm>

namespace zest::tls {
namespace {

size_t size_up_to(std::span<const iovec> pieces, size_t most) {
  size_t size = 0;
  for (const iovec& piece : pieces) {
    size += piece.iov_len;
    if (size >= most) return most;
  }
  return size;
}

// What stands first, at most so many bytes.
std::span<const std::byte> take(std::span<iovec>& pieces, size_t most) {
  iovec& piece = pieces.front();
  const std::span<const std::byte> taken(static_cast<const std::byte*>(piece.iov_base),
                                         std::min(piece.iov_len, most));
  piece.iov_base = static_cast<std::byte*>(piece.iov_base) + taken.size();
  piece.iov_len -= taken.size();
  if (piece.iov_len == 0) pieces = pieces.subspan(1);
  return taken;
}

}  // namespace

bool Sealer::start(const Algorithms& algorithms, const Traffic& traffic, size_t content_max) {
  content_max_ = static_cast<uint16_t>(content_max);
  return cipher_.start(algorithms, traffic, Cipher::Direction::seal);
}

bool Sealer::next_generation(const Algorithms& algorithms) {
  return cipher_.next_generation(algorithms, Cipher::Direction::seal);
}

size_t Sealer::overhead() const {
  return record_header_size + cipher_.explicit_nonce() + (cipher_.is_tls13() ? 1 : 0) + tag_size;
}

size_t Sealer::seal(ContentType type, std::span<iovec>& plain, std::span<std::byte> into) {
  if (failed_ || into.size() <= overhead()) return 0;
  const size_t content =
      size_up_to(plain, std::min<size_t>(content_max_, into.size() - overhead()));
  const size_t record = overhead() + content;
  const std::span<std::byte> header = into.first(record_header_size);
  // RFC 8446, 5.2: what kind of record it is stands inside; outside they all look alike.
  write_header(header, cipher_.is_tls13() ? ContentType::application_data : type,
               record - record_header_size);
  // Sequence numbers are nonces that do not repeat (RFC 5288, 3). That OpenSSL's random one in the
  // handshake's single record is among them has a chance of records / 2^64.
  const std::span<std::byte> nonce = into.subspan(record_header_size, cipher_.explicit_nonce());
  for (size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<std::byte>(cipher_.traffic().sequence >> (8 * (7 - i)));
  std::byte* at = nonce.data() + nonce.size();
  bool done = cipher_.begin(header, nonce, content) && encrypt(plain, content, at);
  at += content;
  if (cipher_.is_tls13()) {
    const auto inner = static_cast<std::byte>(type);
    done = done && cipher_.update({&inner, 1}, at++);
  }
  failed_ = !done || !cipher_.finish_seal({at, tag_size});
  return failed_ ? 0 : record;
}

bool Sealer::encrypt(std::span<iovec>& plain, size_t size, std::byte* into) {
  while (size > 0) {
    if (plain.front().iov_len == 0) {
      plain = plain.subspan(1);
      continue;
    }
    const std::span<const std::byte> piece = take(plain, size);
    if (!cipher_.update(piece, into)) return false;
    into += piece.size();
    size -= piece.size();
  }
  return true;
}

size_t Sealer::seal(ContentType type, std::span<const std::byte> content,
                    std::span<std::byte> into) {
  iovec piece{.iov_base = const_cast<std::byte*>(content.data()), .iov_len = content.size()};
  std::span<iovec> pieces(&piece, 1);
  return into.size() < overhead() + content.size() ? 0 : seal(type, pieces, into);
}

}  // namespace zest::tls
