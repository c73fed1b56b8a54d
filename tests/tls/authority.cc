#include "tls/authority.h"

#include <doctest/doctest.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>

namespace zest::test {
namespace {

using tls::Owned;

Owned<evp_pkey_st> make_key(KeyKind kind) {
  return Owned<evp_pkey_st>(kind == KeyKind::ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048U));
}

void extend(x509_st* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  REQUIRE(extension);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Owned<x509_st> make_certificate(evp_pkey_st* key, const std::string& subject, int64_t begins_s,
                                int64_t ends_s) {
  static long serial = 1000;
  Owned<x509_st> made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), begins_s);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), ends_s);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_pubkey(made.get(), key);
  return made;
}

std::string pem_of(const std::function<void(BIO*)>& write) {
  const Owned<bio_st> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  const char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<size_t>(size)};
}

}  // namespace

Authority::Authority(int64_t ends_s) : key_(make_key(KeyKind::ecdsa)) {
  char name[] = "/tmp/zest-tls-XXXXXX";
  REQUIRE(::mkdtemp(name));
  folder_ = name;
  certificate_ = make_certificate(key_.get(), "zest test authority", -7200, ends_s);
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate_.get(), NID_key_usage, "critical,keyCertSign,digitalSignature");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  ca_ = write("ca.pem", pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, certificate_.get()); }));
}

Authority::~Authority() { std::filesystem::remove_all(folder_); }

std::string Authority::write(const std::string& name, const std::string& text) const {
  const std::string path = folder_ + "/" + name;
  std::ofstream(path, std::ios::binary) << text;
  ::chmod(path.c_str(), 0600);
  return path;
}

tls::CertificateFiles Authority::issue(const std::string& stem, const Order& order) {
  const Owned<evp_pkey_st> key = make_key(order.kind);
  const std::string subject = order.subject.empty() ? "zest test" : order.subject;
  const Owned<x509_st> made = make_certificate(key.get(), subject, order.begins_s, order.ends_s);
  X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
  std::string names;
  for (const std::string& name : order.names) {
    const bool ip = name.find_first_not_of("0123456789.") == std::string::npos;
    names += (names.empty() ? "" : ",") + std::string(ip ? "IP:" : "DNS:") + name;
  }
  if (!names.empty()) extend(made.get(), NID_subject_alt_name, names);
  X509_sign(made.get(), key_.get(), EVP_sha256());
  const std::string chain = pem_of([&](BIO* bio) { PEM_write_bio_X509(bio, made.get()); });
  const std::string secret = pem_of([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return {.certificate = write(stem + ".pem", chain), .key = write(stem + ".key", secret)};
}

std::string Authority::ocsp(const std::string& stem, const tls::CertificateFiles& about,
                            int64_t next_s) {
  const Owned<bio_st> file(BIO_new_file(about.certificate.c_str(), "r"));
  const Owned<x509_st> leaf(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), leaf.get(), certificate_.get());
  const Owned<ASN1_TIME> now(ASN1_TIME_adj(nullptr, wall_clock_s(), 0, -7200));
  const Owned<ASN1_TIME> next(ASN1_TIME_adj(nullptr, wall_clock_s(), 0, next_s));
  OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
  OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, nullptr, now.get(), next.get());
  OCSP_basic_sign(basic, certificate_.get(), key_.get(), EVP_sha256(), nullptr, 0);
  OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_RESPONSE(response, &der);
  const std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  OCSP_RESPONSE_free(response);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  return write(stem + ".ocsp", text);
}

Authority& authority() {
  static Authority one;
  return one;
}

tls::CertificateFiles with_long_chain(const std::string& stem, tls::CertificateFiles files) {
  Order order;
  for (int i = 0; i < 150; ++i)
    order.names.push_back(std::string(50, 'x') + std::to_string(1000 + i) + ".test");
  const auto text = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string above = text(authority().issue(stem + "-above", order).certificate);
  std::string chain = text(files.certificate);
  for (int i = 0; i < 9; ++i) chain += above;
  files.certificate = authority().write(stem + "-long.pem", chain);
  return files;
}

int64_t wall_clock_s() { return ::time(nullptr); }

}  // namespace zest::test
