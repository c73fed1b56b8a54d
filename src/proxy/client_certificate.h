// What origins are told of a client's certificate: whether it was verified, whose it is, and its
// fingerprint. Nobody else can say so: what a client writes there itself is dropped (Withheld), on
// every listener, whether it speaks TLS or not, by the names of all.
#pragma once

#include <string>

#include "http/serialize.h"
#include "proxy/config.h"
#include "tls/facts.h"

namespace zest::proxy {

struct CertificateFacts {
  bool asked = false;                 // clients of this listener are asked for one
  const tls::Facts* facts = nullptr;  // of the connection, if it has TLS
};

void write_certificate(const CertificateFields& names, const CertificateFacts& client,
                       http::Writer& writer);

}  // namespace zest::proxy
