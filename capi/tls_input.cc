#include "capi/tls_input.h"

#include <string_view>

#include "capi/sized.h"

namespace zest::capi {
namespace {

constexpr size_t list_max = 1024;  // of certificates, names, protocols
constexpr uint32_t session_timeout_max_s = 86'400;
constexpr size_t pem_size_max = 16 << 20;  // as of a file
constexpr std::string_view pem_begin = "-----BEGIN ";

std::unexpected<Error> wrong(const char* field, const char* why) {
  return fail(Status::invalid_argument, "%s: %s", field, why);
}

// One that is there has to name a file: "" is a variable that nobody has set.
Result<std::string> path(const char* file, const char* field) {
  if (file && !*file) return wrong(field, "an empty path");
  return std::string(file ? file : "");
}

// A path, or PEM itself: the engine takes either in one string. Empty: neither was given.
Result<std::string> source(const char* file, const char* text, size_t size, const char* field) {
  if (file && text) return wrong(field, "both a file and a text are given");
  if (file && std::string_view(file).starts_with(pem_begin))
    return wrong(field, "a file is wanted, not its text");
  if (file) return path(file, field);
  if (!text && size > 0)
    return fail(Status::null_argument, "%s is NULL and its size is not 0", field);
  if (!text) return std::string();
  if (size > pem_size_max) return wrong(field, "longer than 16 MiB");
  const std::string_view given(text, size);
  const size_t begin = given.find(pem_begin);
  if (begin == std::string_view::npos) return wrong(field, "holds no PEM");
  return std::string(given.substr(begin));
}

Result<std::vector<std::string>> strings(const char* const* from, size_t count, const char* field) {
  if (count > list_max) return wrong(field, "too many");
  if (count > 0 && !from) return fail(Status::null_argument, "%s is NULL", field);
  std::vector<std::string> all;
  for (size_t i = 0; i < count; ++i) {
    if (!from[i]) return fail(Status::null_argument, "%s[%zu] is NULL", field, i);
    all.emplace_back(from[i]);
  }
  return all;
}

Result<tls::CertificateFiles> read_certificate(const zest_tls_certificate* from) {
  const auto given = read_sized(from, sizeof(zest_tls_certificate), "zest_tls_certificate");
  if (!given) return fail(given.error());
  if (auto ok = check_reserved(given->reserved, "zest_tls_certificate.reserved"); !ok)
    return fail(ok.error());
  auto certificate =
      source(given->certificate_file, given->certificate, given->certificate_size, "certificate");
  if (!certificate) return fail(certificate.error());
  auto key = source(given->key_file, given->key, given->key_size, "key");
  if (!key) return fail(key.error());
  if (certificate->empty() || key->empty())
    return wrong("zest_tls_certificate", "has to have a certificate and a key");
  auto ocsp = path(given->ocsp_file, "ocsp_file");
  if (!ocsp) return fail(ocsp.error());
  return tls::CertificateFiles{
      .certificate = std::move(*certificate), .key = std::move(*key), .ocsp = std::move(*ocsp)};
}

Result<std::vector<tls::CertificateFiles>> read_certificates(const zest_tls_config& config) {
  if (config.certificate_count > list_max) return wrong("certificates", "too many");
  if (config.certificate_count > 0 && !config.certificates)
    return fail(Status::null_argument, "certificates is NULL");
  std::vector<tls::CertificateFiles> all;
  for (size_t i = 0; i < config.certificate_count; ++i) {
    auto read = read_certificate(element(config.certificates, i));
    if (!read) return fail(read.error());
    all.push_back(std::move(*read));
    // The stride is the first one's.
    if (element(config.certificates, i)->struct_size != config.certificates->struct_size)
      return fail(Status::unsupported, "certificates differ in struct_size");
  }
  return all;
}

Result<tls::Version> version(uint32_t given, tls::Version otherwise) {
  switch (given) {
    case ZEST_TLS_VERSION_DEFAULT: return otherwise;
    case ZEST_TLS_1_2: return tls::Version::tls12;
    case ZEST_TLS_1_3: return tls::Version::tls13;
    default: return wrong("version", "TLS 1.2 and TLS 1.3 can be had");
  }
}

Result<tls::Preferences> read_preferences(const zest_tls_config& config) {
  tls::Preferences preferences;
  const auto least = version(config.version_min, preferences.version_min);
  if (!least) return fail(least.error());
  const auto most = version(config.version_max, preferences.version_max);
  if (!most) return fail(most.error());
  if (*least > *most) return wrong("version_min", "is above version_max");
  auto alpn = strings(config.alpn, config.alpn_count, "alpn");
  if (!alpn) return fail(alpn.error());
  preferences.version_min = *least;
  preferences.version_max = *most;
  preferences.alpn = std::move(*alpn);
  if (config.ciphers) preferences.ciphers = config.ciphers;
  if (config.ciphersuites) preferences.ciphersuites = config.ciphersuites;
  constexpr tls::KernelMode modes[] = {tls::KernelMode::off, tls::KernelMode::prefer,
                                       tls::KernelMode::require};
  preferences.kernel = modes[config.kernel];
  return preferences;
}

Result<void> check_known(const zest_tls_config& given) {
  if (auto ok = check_flags(given.flags, ZEST_TLS_FLAGS_ALL, "zest_tls_config.flags"); !ok)
    return ok;
  if (auto ok = check_choice(given.clients, ZEST_TLS_CLIENTS_MUST, "zest_tls_config.clients"); !ok)
    return ok;
  if (auto ok = check_choice(given.kernel, ZEST_TLS_KERNEL_REQUIRE, "zest_tls_config.kernel"); !ok)
    return ok;
  return check_reserved(given.reserved, "zest_tls_config.reserved");
}

Result<zest_tls_config> read_config(const zest_tls_config* config) {
  if (!config) return fail(Status::null_argument, "config must not be NULL");
  auto given = read_sized(config, sizeof(zest_tls_config), "zest_tls_config");
  if (!given) return given;
  if (auto known = check_known(*given); !known) return fail(known.error());
  return given;
}

}  // namespace

Result<tls::ServerConfig> read_tls_server(const zest_tls_config* config) {
  const auto given = read_config(config);
  if (!given) return fail(given.error());
  auto certificates = read_certificates(*given);
  if (!certificates) return fail(certificates.error());
  auto names = strings(given->self_signed, given->self_signed_count, "self_signed");
  if (!names) return fail(names.error());
  auto preferences = read_preferences(*given);
  if (!preferences) return fail(preferences.error());
  auto ca = source(given->ca_file, given->ca, given->ca_size, "ca");
  if (!ca) return fail(ca.error());
  if (certificates->empty() == names->empty())
    return wrong("zest_tls_config", "a server has to have either certificates or self_signed");
  if (given->clients != ZEST_TLS_CLIENTS_ANY && ca->empty())
    return wrong("clients", "needs ca_file or ca");
  auto ticket_keys = path(given->ticket_key_file, "ticket_key_file");
  if (!ticket_keys) return fail(ticket_keys.error());
  if (given->session_timeout_s > session_timeout_max_s)
    return wrong("session_timeout_s", "at most 86400");
  tls::ServerConfig wanted;
  wanted.certificates = std::move(*certificates);
  wanted.self_signed = std::move(*names);
  wanted.preferences = std::move(*preferences);
  wanted.client_auth = static_cast<tls::ClientAuth>(given->clients);
  wanted.client_ca = std::move(*ca);
  wanted.tickets = (given->flags & ZEST_TLS_NO_TICKETS) == 0;
  wanted.serve_expired = (given->flags & ZEST_TLS_SERVE_EXPIRED) != 0;
  if (given->session_timeout_s) wanted.session_timeout_s = given->session_timeout_s;
  wanted.ticket_keys = std::move(*ticket_keys);
  return wanted;
}

Result<tls::ClientConfig> read_tls_client(const zest_tls_config* config) {
  const auto given = read_config(config);
  if (!given) return fail(given.error());
  auto certificates = read_certificates(*given);
  if (!certificates) return fail(certificates.error());
  if (certificates->size() > 1) return wrong("certificates", "a client has at most one");
  auto preferences = read_preferences(*given);
  if (!preferences) return fail(preferences.error());
  auto ca = source(given->ca_file, given->ca, given->ca_size, "ca");
  if (!ca) return fail(ca.error());
  tls::ClientConfig wanted;
  wanted.verify = (given->flags & ZEST_TLS_NO_VERIFY) == 0;
  wanted.ca = std::move(*ca);
  if (!certificates->empty()) wanted.certificate = std::move(certificates->front());
  wanted.preferences = std::move(*preferences);
  return wanted;
}

}  // namespace zest::capi
