// What both kinds of context have: looked-up algorithms, a kind of BIO, preferences as OpenSSL
// takes them, and the callbacks by which a handshake learns of its keys.
#pragma once

#include "tls/algorithms.h"
#include "tls/certificate.h"
#include "tls/config.h"
#include "tls/kernel_use.h"
#include "tls/library.h"
#include "tls/wire.h"

struct ssl_method_st;

namespace zest::tls {

class Context {
 public:
  const std::shared_ptr<const Algorithms>& algorithms() const { return algorithms_; }
  const bio_method_st* wire_method() const { return method_.get(); }
  const KernelUse& kernel() const { return kernel_.use; }
  const std::string& kernel_words() const { return kernel_.words; }  // for the operator
  // What the operator should see to: "cert.pem: expires on 2026-11-21".
  const std::vector<std::string>& warnings() const { return warnings_; }

 protected:
  Context() = default;
  ~Context() = default;

  Result<void> prepare(const Preferences& preferences);
  Result<void> check_ciphers(const Preferences& preferences);
  Result<Owned<ssl_ctx_st>> make(const ssl_method_st* method, const Preferences& preferences) const;
  // The protocols as they stand on the wire (RFC 7301, section 3.1).
  const std::vector<unsigned char>& alpn() const { return alpn_; }
  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }
  Reading reading(int64_t now_s, bool serve_expired, std::vector<std::string>* errors) {
    return {
        .now_s = now_s, .serve_expired = serve_expired, .warnings = warnings_, .errors = errors};
  }

  static Result<void> use(ssl_ctx_st* context, const Certificate& certificate);
  // Each of these, whether or not it was signed by another.
  static Result<void> trust(ssl_ctx_st* context, std::span<const Owned<x509_st>> authorities);

 private:
  LibraryUse use_of_library_;  // outlives the rest
  std::shared_ptr<const Algorithms> algorithms_;
  Owned<bio_method_st> method_;
  KernelChoice kernel_;
  std::vector<unsigned char> alpn_;
  std::vector<std::string> warnings_;
};

}  // namespace zest::tls
