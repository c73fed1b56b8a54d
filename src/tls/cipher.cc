#include "tls/cipher.h"

#include <algorithm>

#include "tls/openssl.h"

namespace zest::tls {
namespace {

void write_number(uint64_t number, std::span<std::byte> into) {
  for (size_t i = into.size(); i-- > 0; number >>= 8) into[i] = static_cast<std::byte>(number);
}

}  // namespace

bool Cipher::start(const Algorithms& algorithms, const Traffic& traffic, Direction direction) {
  Keys keys;
  if (!derive_keys(algorithms, traffic, keys)) return false;
  if (!context_) context_.reset(EVP_CIPHER_CTX_new());
  traffic_ = traffic;
  iv_ = keys.iv;
  const int sealing = direction == Direction::seal ? 1 : 0;
  return context_ && EVP_CipherInit_ex(context_.get(), algorithms.cipher(traffic.suite), nullptr,
                                       octets(keys.key.data()), nullptr, sealing) == 1;
}

bool Cipher::next_generation(const Algorithms& algorithms, Direction direction) {
  Traffic next = traffic_;
  return advance(algorithms, next) && start(algorithms, next, direction);
}

// RFC 8446, 5.2 and 5.3; RFC 5288, 3 (AES-GCM in TLS 1.2: the fixed part, then what the record
// says); RFC 7905, 2 (ChaCha20-Poly1305 in TLS 1.2: as in TLS 1.3).
bool Cipher::begin(std::span<const std::byte> header, std::span<const std::byte> explicit_nonce,
                   size_t plain_size) {
  std::array<std::byte, nonce_size> nonce = iv_;
  if (explicit_nonce.empty()) {
    std::array<std::byte, 8> sequence;
    write_number(traffic_.sequence, sequence);
    for (size_t i = 0; i < sequence.size(); ++i) nonce[4 + i] ^= sequence[i];
  } else {
    std::ranges::copy(explicit_nonce, nonce.begin() + 4);
  }
  std::array<std::byte, 13> additional;
  const size_t size = additional_data(header, plain_size, additional);
  ++traffic_.sequence;
  int ignored = 0;
  return EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, octets(nonce.data()), -1) ==
             1 &&
         EVP_CipherUpdate(context_.get(), nullptr, &ignored, octets(additional.data()),
                          static_cast<int>(size)) == 1;
}

size_t Cipher::additional_data(std::span<const std::byte> header, size_t plain_size,
                               std::span<std::byte> into) const {
  if (is_tls13()) {
    std::ranges::copy(header, into.begin());
    return header.size();
  }
  write_number(traffic_.sequence, into.first(8));
  std::ranges::copy(header.first(3), into.begin() + 8);
  write_number(plain_size, into.subspan(11, 2));
  return 13;
}

bool Cipher::update(std::span<const std::byte> from, std::byte* into) {
  if (from.empty()) return true;
  int written = 0;
  return EVP_CipherUpdate(context_.get(), octets(into), &written, octets(from.data()),
                          static_cast<int>(from.size())) == 1;
}

bool Cipher::finish_seal(std::span<std::byte> tag) {
  int ignored = 0;
  std::array<unsigned char, tag_size> rest;
  return EVP_CipherFinal_ex(context_.get(), rest.data(), &ignored) == 1 &&
         EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, tag_size, tag.data()) == 1;
}

bool Cipher::finish_open(std::span<const std::byte> tag) {
  int ignored = 0;
  std::array<unsigned char, tag_size> rest;
  return EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, tag_size,
                             const_cast<std::byte*>(tag.data())) == 1 &&
         EVP_CipherFinal_ex(context_.get(), rest.data(), &ignored) == 1;
}

}  // namespace zest::tls
