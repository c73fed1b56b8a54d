#include "tls/alert.h"

#include "tls/openssl.h"

namespace zest::tls {

// OpenSSL 3.0 has no words for those that TLS 1.3 brought (RFC 8446, 6.2).
const char* alert_words(uint8_t description) {
  switch (description) {
    case 109: return "missing extension";
    case 116: return "certificate required";
    case 120: return "no application protocol";
    default: return SSL_alert_desc_string_long(description);
  }
}

}  // namespace zest::tls
