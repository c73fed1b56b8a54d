// What contexts are made from: plain values with their defaults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tls/suite.h"

namespace zest::tls {

// PEM files, or PEM itself (pem.h); `ocsp` is the file of a DER response to staple, or empty.
struct CertificateFiles {
  std::string certificate;  // the chain, the server's own first
  std::string key;
  std::string ocsp;

  bool operator==(const CertificateFiles&) const = default;
};

enum class ClientAuth : uint8_t { off, optional, required };

// Mozilla's "intermediate" for TLS 1.2, without its finite-field Diffie-Hellman: that costs a
// server many times what it costs whoever asks for it (CVE-2002-20001).
constexpr const char* intermediate_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* intermediate_ciphersuites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* intermediate_groups = "X25519:P-256:P-384";

// Whether the kernel is to seal and open records once a handshake is over: where that is better
// and can be had, never, or always, refusing connections where it cannot. Or wherever it can be
// had: for who needs the socket itself.
enum class KernelMode : uint8_t { automatic, off, require, prefer };

// What both sides of a handshake can be told. Only AEADs can be had (suite.h).
struct Preferences {
  Version version_min = Version::tls12;
  Version version_max = Version::tls13;
  std::string ciphers = intermediate_ciphers;            // of TLS 1.2
  std::string ciphersuites = intermediate_ciphersuites;  // of TLS 1.3
  std::string groups = intermediate_groups;
  std::vector<std::string> alpn;  // the best first
  KernelMode kernel = KernelMode::automatic;

  bool operator==(const Preferences&) const = default;
};

struct ServerConfig {
  // Chosen by the names in them; where several hold a name, one of each kind of key is used for it.
  // The first is also for clients that ask for no name, or for one that is in none.
  std::vector<CertificateFiles> certificates;
  // A certificate in memory for these names, for development; in place of files.
  std::vector<std::string> self_signed;
  Preferences preferences;
  ClientAuth client_auth = ClientAuth::off;
  std::string client_ca;  // PEM file: who may have signed clients' certificates
  bool tickets = true;    // sessions can be resumed
  uint32_t session_timeout_s = 86'400;
  // One to three keys of 80 bytes, the newest first, for all who serve these names together; empty:
  // random ones of our own.
  std::string ticket_keys;
  bool serve_expired = false;  // an expired certificate is a warning, not an error
};

struct ClientConfig {
  bool verify = true;
  std::string ca;                // PEM file; empty: the system's
  CertificateFiles certificate;  // to show when asked; empty: none
  Preferences preferences;

  bool operator==(const ClientConfig&) const = default;
};

}  // namespace zest::tls
