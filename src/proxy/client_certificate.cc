#include "proxy/client_certificate.h"

namespace zest::proxy {
namespace {

void write(http::Writer& writer, std::string_view name, std::string_view value) {
  if (!name.empty()) writer.field(name, value);
}

}  // namespace

void write_certificate(const CertificateFields& names, const CertificateFacts& client,
                       http::Writer& writer) {
  if (!client.asked || !client.facts) return;
  // A bad one is refused in the handshake, so there is none or it is good.
  const bool verified = !client.facts->fingerprint.empty();
  write(writer, names.verified, verified ? "yes" : "no");
  if (!verified) return;
  write(writer, names.subject, client.facts->subject.text());
  write(writer, names.fingerprint, client.facts->fingerprint.view());
}

}  // namespace zest::proxy
