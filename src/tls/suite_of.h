// OpenSSL's names for what suite.h names.
#pragma once

#include <optional>

#include "tls/suite.h"

struct ssl_cipher_st;

namespace zest::tls {

std::optional<Suite> suite_of(const ssl_cipher_st* cipher);
std::optional<Hash> hash_of(const ssl_cipher_st* cipher);

}  // namespace zest::tls
