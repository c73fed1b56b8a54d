#include <arpa/inet.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "tls/certificate.h"
#include "tls/openssl.h"

namespace zest::tls {
namespace {

constexpr long month_s = 30 * 86'400L;

bool is_ip(const std::string& name) {
  unsigned char ip[16];
  return ::inet_pton(AF_INET, name.c_str(), ip) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), ip) == 1;
}

bool add_extension(x509_st* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  const bool added = extension && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

// Browsers refuse two certificates of one issuer and number.
bool number(x509_st* certificate) {
  uint64_t serial = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1) == 1;
}

bool fill(x509_st* certificate, evp_pkey_st* key, const std::vector<std::string>& names,
          int64_t now_s) {
  std::string alternatives;
  for (const std::string& name : names)
    alternatives +=
        (alternatives.empty() ? "" : ",") + std::string(is_ip(name) ? "IP:" : "DNS:") + name;
  time_t begin = now_s - 3600;  // clocks differ
  const auto* common = reinterpret_cast<const unsigned char*>("zest development");
  X509_NAME* subject = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 && number(certificate) &&
         X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &begin) &&
         X509_time_adj_ex(X509_getm_notAfter(certificate), 0, month_s, &begin) &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1 &&
         X509_set_pubkey(certificate, key) == 1 &&
         add_extension(certificate, NID_subject_alt_name, alternatives) &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

}  // namespace

Result<Certificate> self_signed(const std::vector<std::string>& names, int64_t now_s) {
  Certificate made{.key = Owned<evp_pkey_st>(EVP_EC_gen("P-256")), .names = names};
  made.leaf.reset(X509_new());
  made.file = "self-signed";
  if (!made.key || !made.leaf || !fill(made.leaf.get(), made.key.get(), names, now_s))
    return fail_openssl("make a self-signed certificate");
  return made;
}

}  // namespace zest::tls
