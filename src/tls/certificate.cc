#include "tls/certificate.h"

#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cctype>
#include <ctime>

#include "tls/expiry.h"
#include "tls/ocsp.h"
#include "tls/pem.h"

namespace zest::tls {
namespace {

constexpr int64_t day_s = 86'400;
constexpr int64_t soon_s = 14 * day_s;

std::string lower_case(const ASN1_STRING* text) {
  const auto* chars = reinterpret_cast<const char*>(ASN1_STRING_get0_data(text));
  std::string name(chars, static_cast<size_t>(ASN1_STRING_length(text)));
  for (char& c : name) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return name;
}

struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

// RFC 6125, 6.4.4: the common name counts only where no alternative name is a DNS name.
std::vector<std::string> names_of(x509_st* leaf) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(lower_case(name->d.dNSName));
  }
  const X509_NAME* subject = X509_get_subject_name(leaf);
  const int common = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (names.empty() && common >= 0)
    names.push_back(lower_case(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, common))));
  return names;
}

// "2026-11-21"
Text<16> day_of(const ASN1_TIME* moment) {
  tm parts{};
  ASN1_TIME_to_tm(moment, &parts);
  Text<16> day;
  day.append("%04d-%02d-%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
  return day;
}

int64_t seconds_until(const ASN1_TIME* moment, int64_t now_s) {
  const Owned<ASN1_TIME> now(ASN1_TIME_set(nullptr, now_s));
  int days = 0;
  int seconds = 0;
  if (!now || ASN1_TIME_diff(&days, &seconds, now.get(), moment) != 1) return 0;
  return days * day_s + seconds;
}

Result<void> check_time(const Certificate& certificate, Reading& reading) {
  const char* file = certificate.file.c_str();
  const ASN1_TIME* end = X509_get0_notAfter(certificate.leaf.get());
  const ASN1_TIME* begin = X509_get0_notBefore(certificate.leaf.get());
  const int64_t left_s = seconds_until(end, reading.now_s);
  Text<256> words;
  words.append("%s: ", file);
  if (left_s <= 0) {
    words.append("expired on %s", day_of(end).c_str());
    if (!reading.serve_expired) return fail(Status::invalid_argument, "%s", words.c_str());
  } else if (left_s < soon_s) {
    words.append("expires on %s", day_of(end).c_str());
  } else if (seconds_until(begin, reading.now_s) > 0) {
    words.append("not valid before %s", day_of(begin).c_str());
  } else {
    return {};
  }
  reading.warnings.emplace_back(words.view());
  return {};
}

Result<void> check_pair(const CertificateFiles& files, const Certificate& certificate) {
  if (X509_check_private_key(certificate.leaf.get(), certificate.key.get()) == 1) return {};
  ERR_clear_error();
  return fail(Status::invalid_argument, "%s: is not the key of %s", name_of(files.key),
              name_of(files.certificate));
}

// A group that root has chosen (ssl-cert, on Debian) is no accident.
void warn_of_access(const std::string& file, Reading& reading) {
  struct stat about{};
  if (is_pem(file) || ::stat(file.c_str(), &about) != 0) return;
  const mode_t least = about.st_uid == 0 ? S_IRWXO | S_IWGRP | S_IXGRP : S_IRWXO | S_IRWXG;
  if ((about.st_mode & least) == 0) return;
  const bool others = (about.st_mode & S_IRWXO) != 0;
  reading.warnings.push_back(file +
                             (others ? ": other users may use it" : ": its group may use it") +
                             " (chmod go= " + file + ")");
}

Result<void> add_ocsp(const std::string& path, Certificate& certificate, Reading& reading) {
  if (path.empty()) return {};
  auto response = read_file(path);
  if (!response) return fail(response.error());
  const Result<OcspFacts> facts = read_ocsp(*response, certificate);
  if (!facts)
    return fail(facts.error().status, "%s: %s", path.c_str(), facts.error().message.c_str());
  if (facts->revoked) reading.warnings.push_back(path + ": says that the certificate is revoked");
  if (facts->until_s < reading.now_s) {
    reading.warnings.push_back(path + ": has expired and is not stapled");
  } else {
    certificate.ocsp = std::move(*response);
    certificate.ocsp_until_s = facts->until_s;
  }
  return {};
}

// Who checks the chain as it is would go.
void check_times_above(const Certificate& certificate, Reading& reading) {
  for (const Owned<x509_st>& above : certificate.chain) {
    const ASN1_TIME* end = X509_get0_notAfter(above.get());
    const int64_t left_s = seconds_until(end, reading.now_s);
    if (left_s >= soon_s) continue;
    reading.warnings.push_back(certificate.file + ": a certificate above the first " +
                               (left_s <= 0 ? "expired on " : "expires on ") + day_of(end).c_str());
  }
}

// Each is to have been issued by the next; clients that are stricter than others would go.
void check_chain(const Certificate& certificate, Reading& reading) {
  x509_st* below = certificate.leaf.get();
  for (const Owned<x509_st>& above : certificate.chain) {
    if (X509_check_issued(above.get(), below) != X509_V_OK) {
      reading.warnings.push_back(certificate.file +
                                 ": a certificate in it did not issue the one before");
      return;
    }
    below = above.get();
  }
}

// "ca.pem: expired on 2026-11-21", "ca.pem: 2 of 3 certificates in it have expired"
void warn_of(const std::string& file, size_t count, const std::vector<Owned<x509_st>>& all,
             const char* one, const char* several, Reading& reading) {
  if (count == 0) return;
  Text<256> words;
  words.append("%s: ", file.c_str());
  if (all.size() == 1) {
    words.append("%s on %s", one, day_of(X509_get0_notAfter(all.front().get())).c_str());
  } else {
    words.append("%zu of %zu certificates in it %s", count, all.size(), several);
  }
  reading.warnings.emplace_back(words.view());
}

}  // namespace

Result<std::vector<Owned<x509_st>>> read_authorities(const std::string& file, Reading& reading) {
  auto all = read_certificates(file);
  if (!all) return all;
  size_t expired = 0;
  size_t soon = 0;
  for (const Owned<x509_st>& one : *all) {
    const int64_t left_s = seconds_until(X509_get0_notAfter(one.get()), reading.now_s);
    expired += left_s <= 0;
    soon += left_s > 0 && left_s < soon_s;
  }
  warn_of(name_of(file), expired, *all, "expired", "have expired", reading);
  warn_of(name_of(file), soon, *all, "expires", "expire within two weeks", reading);
  return all;
}

Result<Certificate> read_certificate(const CertificateFiles& files, Reading& reading) {
  auto chain = reading.noted(read_certificates(files.certificate));
  auto key = reading.noted(read_key(files.key));
  if (!chain) return fail(chain.error());
  if (!key) return fail(key.error());
  warn_of_access(files.key, reading);
  Certificate certificate{.leaf = std::move(chain->front()), .key = std::move(*key)};
  chain->erase(chain->begin());
  certificate.chain = std::move(*chain);
  certificate.names = names_of(certificate.leaf.get());
  certificate.expires_s = expiry_of(certificate.leaf.get());
  certificate.file = name_of(files.certificate);
  const Result<void> pair = reading.noted(check_pair(files, certificate));
  const Result<void> time = reading.noted(check_time(certificate, reading));
  check_times_above(certificate, reading);
  check_chain(certificate, reading);
  const Result<void> ocsp = reading.noted(add_ocsp(files.ocsp, certificate, reading));
  for (const Result<void>* good : {&pair, &time, &ocsp})
    if (!*good) return fail(good->error());
  return certificate;
}

}  // namespace zest::tls
