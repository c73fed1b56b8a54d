// PEM and DER files, for the sources of this folder.
#pragma once

#include <string>
#include <vector>

#include "tls/openssl.h"

namespace zest::tls {

// Wherever a file is named, the text itself may stand in place of its path: it is one if it begins
// as PEM does.
bool is_pem(const std::string& source);
// For messages: no key is ever in them.
const char* name_of(const std::string& source);

Result<std::vector<unsigned char>> read_file(const std::string& path);
// All certificates of a file, at least one.
Result<std::vector<Owned<x509_st>>> read_certificates(const std::string& path);
Result<Owned<evp_pkey_st>> read_key(const std::string& path);

// A BIO to read from; the bytes are borrowed.
Owned<bio_st> reader(const std::vector<unsigned char>& bytes);

}  // namespace zest::tls
