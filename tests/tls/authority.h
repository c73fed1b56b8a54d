// A certificate authority for tests, and what it signs, as PEM files in a folder that goes with it.
#pragma once

#include <string>
#include <vector>

#include "tls/config.h"
#include "tls/openssl.h"

namespace zest::test {

enum class KeyKind { ecdsa, rsa };

struct Order {
  std::vector<std::string> names;
  KeyKind kind = KeyKind::ecdsa;
  int64_t begins_s = -3600;  // from now
  int64_t ends_s = 90 * 86'400L;
  std::string subject;  // common name; empty: none but "zest test"
};

class Authority {
 public:
  explicit Authority(int64_t ends_s = 365 * 86'400L);  // from now
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& folder() const { return folder_; }
  const std::string& ca() const { return ca_; }  // its file
  // Files "<stem>.pem" and "<stem>.key".
  tls::CertificateFiles issue(const std::string& stem, const Order& order);
  std::string write(const std::string& name, const std::string& text) const;
  // A DER response that says of this certificate that it is good.
  std::string ocsp(const std::string& stem, const tls::CertificateFiles& about, int64_t next_s);

 private:
  std::string folder_;
  std::string ca_;
  tls::Owned<evp_pkey_st> key_;
  tls::Owned<x509_st> certificate_;
};

// The same, with 80 KB of other certificates above it.
tls::CertificateFiles with_long_chain(const std::string& stem, tls::CertificateFiles files);

// One for all cases of a program: keys take their time.
Authority& authority();

int64_t wall_clock_s();

}  // namespace zest::test
