// Makes records: several at once into one piece of memory, for one send.
#pragma once

#include <sys/uio.h>

#include "tls/cipher.h"

namespace zest::tls {

class Sealer {
 public:
  // `content_max` is less than plaintext_max where the peer asked for that (RFC 6066, section 4).
  [[nodiscard]] bool start(const Algorithms& algorithms, const Traffic& traffic,
                           size_t content_max = plaintext_max);
  [[nodiscard]] bool next_generation(const Algorithms& algorithms);

  // The next record of `plain`, which loses what went into it. Returns its size; 0 if there is no
  // room in `into` for one with anything in it, or when OpenSSL failed.
  size_t seal(ContentType type, std::span<iovec>& plain, std::span<std::byte> into);
  // A short record that is no application data.
  size_t seal(ContentType type, std::span<const std::byte> content, std::span<std::byte> into);

  const Traffic& traffic() const { return cipher_.traffic(); }
  bool failed() const { return failed_; }

 private:
  size_t overhead() const;
  bool encrypt(std::span<iovec>& plain, size_t size, std::byte* into);

  Cipher cipher_;
  uint16_t content_max_ = plaintext_max;
  bool failed_ = false;
};

}  // namespace zest::tls
