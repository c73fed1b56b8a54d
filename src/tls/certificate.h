// A certificate as it is served: chain, key, names, and an OCSP response for it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tls/config.h"
#include "tls/owned.h"

namespace zest::tls {

struct Certificate {
  Owned<x509_st> leaf;
  std::vector<Owned<x509_st>> chain;  // above the leaf
  Owned<evp_pkey_st> key;
  std::vector<unsigned char> ocsp;
  int64_t ocsp_until_s = 0;        // of the wall clock; later it is not shown
  int64_t expires_s = 0;           // of the wall clock
  std::vector<std::string> names;  // lower case; "*.example.org" is one
  std::string file;
};

struct Reading {
  int64_t now_s;  // of the wall clock
  bool serve_expired;
  std::vector<std::string>& warnings;  // of what will be an error soon
  std::vector<std::string>* errors;    // all of them, where somebody asks for more than the first

  template <typename T>
  Result<T> noted(Result<T> result) const {
    if (!result && errors) errors->emplace_back(result.error().message.view());
    return result;
  }
};

// Each error names the file and what is wrong with it.
Result<Certificate> read_certificate(const CertificateFiles& files, Reading& reading);

// Who may have signed the other side's; their dates are looked at, and no more.
Result<std::vector<Owned<x509_st>>> read_authorities(const std::string& file, Reading& reading);

// For development: a new ECDSA key, valid for a month from now.
Result<Certificate> self_signed(const std::vector<std::string>& names, int64_t now_s);

}  // namespace zest::tls
