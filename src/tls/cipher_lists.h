// What OpenSSL would pass over in silence in the lists of ciphers that an operator has written.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tls/config.h"

struct ssl_ctx_st;

namespace zest::tls {

// A name that OpenSSL does not know, or that stands in the other list, is an error, also among good
// ones; one that stands there twice is a warning. `scratch` takes both lists, and is of no use
// then.
Result<void> check_cipher_lists(const Preferences& preferences, ssl_ctx_st* scratch,
                                std::vector<std::string>& warnings);

}  // namespace zest::tls
