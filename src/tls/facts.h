// What a handshake has settled about its connection.
#pragma once

#include "base/text.h"
#include "tls/bytes.h"
#include "tls/suite.h"

namespace zest::tls {

struct Facts {
  static constexpr size_t alpn_size_max = 15;

  Version version = Version::tls13;
  bool resumed = false;
  const char* cipher = "";  // "TLS_AES_128_GCM_SHA256"
  Text<alpn_size_max + 1> alpn;
  Bytes server_name;  // as the client wrote it; empty: none
  // Of the peer's certificate, if it showed one and was to: RFC 2253's form, and SHA-256 in hex.
  Bytes subject;
  Text<65> fingerprint;

  const char* version_words() const { return version == Version::tls13 ? "TLSv1.3" : "TLSv1.2"; }
};

}  // namespace zest::tls
