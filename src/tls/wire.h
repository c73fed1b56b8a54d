// Where OpenSSL's handshake reads and writes: a record that has arrived, and bytes to be sent.
// Nothing else is ever shown to it, so it cannot read beyond what it is given.
#pragma once

#include <span>

#include "base/result.h"
#include "tls/bytes.h"
#include "tls/owned.h"

namespace zest::tls {

struct Wire {
  std::span<const std::byte> in;
  Bytes out;
};

// The kind of BIO that goes with it; one is enough for any number of them.
Result<Owned<bio_method_st>> wire_method();
// Null when out of memory. `wire` is borrowed.
Owned<bio_st> wire_bio(const bio_method_st* method, Wire& wire);

}  // namespace zest::tls
