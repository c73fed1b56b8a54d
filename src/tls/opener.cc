#include "tls/opener.h"

namespace zest::tls {
namespace {

constexpr size_t tls13_expansion_max = 256;

// RFC 8446, 5.4: the content's type stands last, and zeros that stand behind it are padding.
Opener::Opened unpad(std::span<std::byte> inner) {
  while (!inner.empty() && inner.back() == std::byte{0}) inner = inner.first(inner.size() - 1);
  if (inner.empty()) return {.alert = Alert::unexpected_message};
  return {.type = static_cast<ContentType>(inner.back()), .content = inner.first(inner.size() - 1)};
}

}  // namespace

Opener::Opened Opener::open(std::span<std::byte> record) {
  const auto header = record.first(record_header_size);
  std::span<std::byte> body = record.subspan(record_header_size);
  const ContentType type = read_header(header).type;
  const bool inner = cipher_.is_tls13();
  if (inner && type != ContentType::application_data) return {.alert = Alert::unexpected_message};
  if (inner && body.size() > plaintext_max + tls13_expansion_max)
    return {.alert = Alert::record_overflow};
  const size_t nonce_part = cipher_.explicit_nonce();
  if (body.size() < nonce_part + tag_size) return {.alert = Alert::bad_record_mac};
  const auto nonce = body.first(nonce_part);
  const auto tag = body.last(tag_size);
  body = body.subspan(nonce_part, body.size() - nonce_part - tag_size);
  const bool good = cipher_.begin(header, nonce, body.size()) &&
                    cipher_.update(body, body.data()) && cipher_.finish_open(tag);
  if (!good) return {.alert = Alert::bad_record_mac};
  if (inner && body.size() > plaintext_max + 1) return {.alert = Alert::record_overflow};
  Opened opened = inner ? unpad(body) : Opened{.type = type, .content = body};
  if (opened.content.size() > plaintext_max) return {.alert = Alert::record_overflow};
  return opened;
}

}  // namespace zest::tls
