#define OPENSSL_SUPPRESS_DEPRECATED  // SHA256_* and SHA384_*: nothing to fetch, nothing to allocate
#include "tls/hkdf.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace zest::tls {
namespace {

constexpr size_t label_size_max = 255;

struct Sha256 {
  static constexpr size_t block = SHA256_CBLOCK;
  static constexpr size_t size = SHA256_DIGEST_LENGTH;
  SHA256_CTX context;
  Sha256() { SHA256_Init(&context); }
  void add(Octets bytes) { SHA256_Update(&context, bytes.data(), bytes.size()); }
  void finish(unsigned char* into) { SHA256_Final(into, &context); }
  ~Sha256() { OPENSSL_cleanse(&context, sizeof context); }
};

struct Sha384 {
  static constexpr size_t block = SHA512_CBLOCK;
  static constexpr size_t size = SHA384_DIGEST_LENGTH;
  SHA512_CTX context;
  Sha384() { SHA384_Init(&context); }
  void add(Octets bytes) { SHA384_Update(&context, bytes.data(), bytes.size()); }
  void finish(unsigned char* into) { SHA384_Final(into, &context); }
  ~Sha384() { OPENSSL_cleanse(&context, sizeof context); }
};

// Bytes that are gone when it is.
template <size_t size_max>
struct Secret {
  std::array<unsigned char, size_max> bytes{};
  ~Secret() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

template <typename Sha>
void keyed_hash(Octets padded_key, Octets message, unsigned char* into) {
  Sha sha;
  sha.add(padded_key);
  sha.add(message);
  sha.finish(into);
}

// RFC 2104. Only what a large group has agreed on is longer than a block.
template <typename Sha>
void hmac(Octets key, Octets message, unsigned char* into) {
  Secret<Sha::block> pad;
  if (key.size() > Sha::block)
    keyed_hash<Sha>({}, key, pad.bytes.data());
  else
    std::ranges::copy(key, pad.bytes.begin());
  for (auto& octet : pad.bytes) octet ^= 0x36;
  keyed_hash<Sha>(pad.bytes, message, into);
  for (auto& octet : pad.bytes) octet ^= 0x36 ^ 0x5c;
  keyed_hash<Sha>(pad.bytes, {into, Sha::size}, into);
}

// HkdfLabel, and the 1 of HKDF-Expand's first block; there is no second.
class Info {
 public:
  Info(const Label& label, Octets context, size_t size) {
    add(0);
    add(size);
    add(label.prefix.size() + label.text.size());
    add(label.prefix);
    add(label.text);
    add(context.size());
    add(context);
    add(1);
  }
  Octets octets() const { return Octets(bytes_).first(size_); }

 private:
  void add(size_t octet) { bytes_[size_++] = static_cast<unsigned char>(octet); }
  void add(Octets more) {
    std::ranges::copy(more, bytes_.begin() + static_cast<ptrdiff_t>(size_));
    size_ += more.size();
  }
  std::array<unsigned char, 3 + label_size_max + 1 + SHA384_DIGEST_LENGTH + 1> bytes_;
  size_t size_ = 0;
};

template <typename Sha>
bool expand(Octets secret, const Label& label, Octets context, std::span<unsigned char> into) {
  if (label.prefix.size() > label_size_max ||
      label.text.size() > label_size_max - label.prefix.size() || context.size() > Sha::size ||
      into.size() > Sha::size)
    return false;
  Secret<Sha::size> block;
  hmac<Sha>(secret, Info(label, context, into.size()).octets(), block.bytes.data());
  std::ranges::copy(std::span(block.bytes).first(into.size()), into.begin());
  return true;
}

template <typename Sha>
bool extract(Octets last, Octets input, const Label& label, std::span<unsigned char> into) {
  if (into.size() != Sha::size) return false;
  std::array<unsigned char, Sha::size> of_nothing;
  Sha().finish(of_nothing.data());
  Secret<Sha::size> salt;
  if (!last.empty() && !expand<Sha>(last, label, of_nothing, salt.bytes)) return false;
  hmac<Sha>(salt.bytes, input, into.data());
  return true;
}

}  // namespace

bool expand_label(Hash hash, Octets secret, const Label& label, Octets context,
                  std::span<unsigned char> into) {
  return hash == Hash::sha384 ? expand<Sha384>(secret, label, context, into)
                              : expand<Sha256>(secret, label, context, into);
}

bool next_secret(Hash hash, Octets last, Octets input, const Label& label,
                 std::span<unsigned char> into) {
  return hash == Hash::sha384 ? extract<Sha384>(last, input, label, into)
                              : extract<Sha256>(last, input, label, into);
}

}  // namespace zest::tls
