#include "tls/server_context.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <new>

#include "tls/openssl.h"
#include "tls/pem.h"
#include "tls/server_callbacks.h"

namespace zest::tls {
namespace {

constexpr size_t name_size_max = 253;
// Each ticket costs the server some 15 us, and most clients use one. A resumption brings the next.
constexpr size_t tickets = 1;

using Digest = std::array<unsigned char, 32>;

}  // namespace

Result<std::shared_ptr<const ServerContext>> ServerContext::create(
    const ServerConfig& config, std::shared_ptr<TicketKeys> keys, int64_t now_s,
    std::vector<std::string>* errors) try {
  auto context = std::make_shared<ServerContext>();
  context->keys_ = std::move(keys);
  const Reading reading = context->reading(now_s, config.serve_expired, errors);
  if (auto filled = context->fill(config, reading); !filled) return fail(filled.error());
  return context;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for a TLS context");
}

Result<void> ServerContext::fill(const ServerConfig& config, Reading reading) {
  if (auto prepared = prepare(config.preferences); !prepared) return prepared;
  ticket_cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr));
  if (!ticket_cipher_) return fail_openssl("OpenSSL has no AES-256-CBC");
  if (auto done = read(config, reading); !done) return done;
  const auto all = sites();
  warn_of_unused(all);
  for (const auto& [site, names] : all) {
    const auto context = add_site(config, site, names);
    if (!context) return fail(context.error());
    for (const std::string& name : names) by_name_[name] = *context;
    if (site.front() == 0) fallback_ = *context;  // at the latest its own, without a name
  }
  warn_of_ciphers(fallback_, config.preferences);
  const auto& names = certificates_.front().names;
  if (!names.empty()) fallback_ = by_name_[names.front()];
  return {};
}

// The first failure is told when all files have been looked at.
Result<void> ServerContext::read(const ServerConfig& config, Reading& reading) {
  if (config.certificates.empty() && config.self_signed.empty())
    return fail(Status::invalid_argument, "no certificate is given");
  Result<void> done;
  for (const CertificateFiles& files : config.certificates) {
    auto certificate = read_certificate(files, reading);
    if (certificate) certificates_.push_back(std::move(*certificate));
    if (!certificate && done) done = fail(certificate.error());
  }
  if (!config.self_signed.empty()) {
    auto made = self_signed(config.self_signed, reading.now_s);
    if (!made) return fail(made.error());
    certificates_.push_back(std::move(*made));
  }
  if (config.client_auth == ClientAuth::off) return done;
  const auto authorities = reading.noted(read_client_ca(config.client_ca, reading));
  return done ? authorities : done;
}

Result<void> ServerContext::read_client_ca(const std::string& file, Reading& reading) {
  auto authorities = read_authorities(file, reading);
  if (!authorities) return fail(authorities.error());
  client_ca_ = std::move(*authorities);
  return {};
}

// Names by the set of certificates that hold them. A second certificate with the same kind of key
// for a name is not used for it.
std::map<ServerContext::Site, std::vector<std::string>> ServerContext::sites() const {
  std::map<std::string, Site> by_name;
  for (size_t i = 0; i < certificates_.size(); ++i) {
    for (const std::string& name : certificates_[i].names) {
      Site& site = by_name[name];
      const auto same_kind = [&](size_t other) {
        return EVP_PKEY_get_base_id(certificates_[other].key.get()) ==
               EVP_PKEY_get_base_id(certificates_[i].key.get());
      };
      if (std::ranges::none_of(site, same_kind)) site.push_back(i);
    }
  }
  std::map<Site, std::vector<std::string>> sites;
  for (auto& [name, site] : by_name) sites[site].push_back(name);
  if (certificates_.front().names.empty()) sites[{0}];
  return sites;
}

// The first is, for unknown names.
void ServerContext::warn_of_unused(const std::map<Site, std::vector<std::string>>& sites) {
  for (size_t i = 1; i < certificates_.size(); ++i) {
    const Certificate& one = certificates_[i];
    const auto uses = [&](const auto& site) {
      return std::ranges::find(site.first, i) != site.first.end();
    };
    if (std::ranges::any_of(sites, uses)) continue;
    warn(one.file + ": is never used: " +
         (one.names.empty() ? "there is no name in it"
                            : "others have its names, with the same kind of key"));
  }
}

// Finite-field DH has no parameters here, and each kind of key signs for suites of its own.
void ServerContext::warn_of_ciphers(ssl_ctx_st* context, const Preferences& preferences) {
  if (preferences.version_min != Version::tls12) return;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    const int key = SSL_CIPHER_get_auth_nid(cipher) == NID_auth_rsa ? EVP_PKEY_RSA : EVP_PKEY_EC;
    const bool is_there = std::ranges::any_of(certificates_, [&](const Certificate& one) {
      return EVP_PKEY_get_base_id(one.key.get()) == key;
    });
    if (is_there && (exchange == NID_kx_ecdhe || exchange == NID_kx_rsa)) return;
  }
  warn(
      "ciphers: none of them goes with the certificates' kind of key: clients without TLS 1.3 are "
      "refused");
}

Result<ssl_ctx_st*> ServerContext::add_site(const ServerConfig& config, const Site& site,
                                            const std::vector<std::string>& names) {
  auto made = make(TLS_server_method(), config.preferences);
  if (!made) return fail(made.error());
  ssl_ctx_st* context = made->get();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, config.tickets ? tickets : 0);
  if (!config.tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_timeout(context, static_cast<long>(config.session_timeout_s));
  for (const size_t index : site)
    if (auto used = use(context, certificates_[index]); !used) return fail(used.error());
  if (auto set = set_client_auth(context, config.client_auth); !set) return fail(set.error());
  if (auto bound = bind_sessions(context, config, names); !bound) return fail(bound.error());
  set_server_callbacks(context, *this);
  contexts_.push_back(std::move(*made));
  return context;
}

Result<void> ServerContext::set_client_auth(ssl_ctx_st* context, ClientAuth wanted) const {
  if (wanted == ClientAuth::off) return {};
  if (auto trusted = trust(context, client_ca_); !trusted) return trusted;
  for (const Owned<x509_st>& authority : client_ca_)  // whose names clients are told
    if (SSL_CTX_add_client_CA(context, authority.get()) != 1)
      return fail_openssl("name an authority to clients");
  const bool required = wanted == ClientAuth::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

// A ticket is good only where a full handshake would ask for the same: the same names, the same
// demand for a client's certificate, the same authorities (CVE-2025-23419). Not bound to the
// server's own certificates, so that a renewal costs nobody a handshake.
Result<void> ServerContext::bind_sessions(ssl_ctx_st* context, const ServerConfig& config,
                                          const std::vector<std::string>& names) const {
  std::string bound = "zest 2 " + std::to_string(static_cast<int>(config.client_auth));
  Digest digest;
  for (const Owned<x509_st>& authority : client_ca_) {
    if (X509_digest(authority.get(), EVP_sha256(), digest.data(), nullptr) != 1)
      return fail_openssl("bind sessions to an authority");
    bound.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  for (const std::string& name : names) bound += " " + name;
  if (EVP_Digest(bound.data(), bound.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1 ||
      SSL_CTX_set_session_id_context(context, digest.data(), digest.size()) != 1)
    return fail_openssl("bind sessions to their names");
  return {};
}

std::vector<std::pair<std::string, int64_t>> ServerContext::expiries() const {
  std::vector<std::pair<std::string, int64_t>> expiries;
  for (const Certificate& one : certificates_)
    if (one.expires_s > 0) expiries.emplace_back(one.file, one.expires_s);
  return expiries;
}

std::vector<std::string> ServerContext::names() const {
  std::vector<std::string> names;
  names.reserve(by_name_.size());
  for (const auto& [name, context] : by_name_) names.push_back(name);
  return names;
}

ssl_ctx_st* ServerContext::find(std::string_view name) const {
  if (name.size() > name_size_max) return fallback_;
  std::array<char, name_size_max + 1> lower;
  std::ranges::transform(name, lower.begin() + 1, [](unsigned char c) { return tolower(c); });
  const std::string_view exact(lower.data() + 1, name.size());
  if (const auto found = by_name_.find(exact); found != by_name_.end()) return found->second;
  const size_t dot = exact.find('.');
  if (dot == std::string_view::npos) return fallback_;
  char* wildcard = lower.data() + dot;  // one before the dot
  *wildcard = '*';
  const auto found = by_name_.find(std::string_view(wildcard, name.size() - dot + 1));
  return found != by_name_.end() ? found->second : fallback_;
}

const std::vector<unsigned char>* ServerContext::ocsp_for(const x509_st* leaf) const {
  for (const Certificate& certificate : certificates_)
    if (certificate.leaf.get() == leaf)
      return certificate.ocsp_until_s < ::time(nullptr) ? nullptr : &certificate.ocsp;
  return nullptr;
}

}  // namespace zest::tls
