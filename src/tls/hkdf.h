// HKDF as the key schedule of TLS 1.3 has it (RFC 8446, section 7.1), without a look-up and without
// an allocation.
#pragma once

#include <span>

#include "tls/suite.h"

namespace zest::tls {

using Octets = std::span<const unsigned char>;

struct Label {
  Octets prefix;  // "tls13 "
  Octets text;
};

// HKDF-Expand-Label. False: `into` or `context` is longer than a hash, or the label than 255 bytes.
[[nodiscard]] bool expand_label(Hash hash, Octets secret, const Label& label, Octets context,
                                std::span<unsigned char> into);

// The next secret of the schedule, as long as a hash: HKDF-Extract of `input`, salted with what is
// derived from the last one under this label. Without a last one (empty) the salt is zeros.
[[nodiscard]] bool next_secret(Hash hash, Octets last, Octets input, const Label& label,
                               std::span<unsigned char> into);

}  // namespace zest::tls
