// How a listener speaks TLS: an immutable whole. A reload makes another; handshakes that have begun
// end with the one they began with. If another cannot be made, the old one is still there.
#pragma once

#include <array>
#include <map>

#include "tls/context.h"
#include "tls/ticket_keys.h"

namespace zest::tls {

class ServerContext final : public Context {
 public:
  // `now_s` is the wall clock's, for the dates in certificates. `errors`: what is wrong with files,
  // all of it and not just the first.
  static Result<std::shared_ptr<const ServerContext>> create(
      const ServerConfig& config, std::shared_ptr<TicketKeys> keys, int64_t now_s,
      std::vector<std::string>* errors = nullptr);
  ServerContext() = default;
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  // By file, and of the wall clock: until when each can be shown. None of one made in memory.
  std::vector<std::pair<std::string, int64_t>> expiries() const;
  // The names that it has certificates for.
  std::vector<std::string> names() const;

  // For handshakes. A name is looked for as it is, then with its first label as "*", in lower case.
  ssl_ctx_st* fallback() const { return fallback_; }
  ssl_ctx_st* find(std::string_view name) const;
  TicketKeys& ticket_keys() const { return *keys_; }
  const evp_cipher_st* ticket_cipher() const { return ticket_cipher_.get(); }
  using Context::alpn;
  const std::vector<unsigned char>* ocsp_for(const x509_st* leaf) const;

 private:
  // Certificates that serve the same names: at most one for each kind of key.
  using Site = std::vector<size_t>;

  Result<void> fill(const ServerConfig& config, Reading reading);
  Result<void> read(const ServerConfig& config, Reading& reading);
  Result<void> read_client_ca(const std::string& file, Reading& reading);
  std::map<Site, std::vector<std::string>> sites() const;
  void warn_of_ciphers(ssl_ctx_st* context, const Preferences& preferences);
  void warn_of_unused(const std::map<Site, std::vector<std::string>>& sites);
  Result<ssl_ctx_st*> add_site(const ServerConfig& config, const Site& site,
                               const std::vector<std::string>& names);
  Result<void> set_client_auth(ssl_ctx_st* context, ClientAuth wanted) const;
  Result<void> bind_sessions(ssl_ctx_st* context, const ServerConfig& config,
                             const std::vector<std::string>& names) const;

  std::vector<Certificate> certificates_;
  std::vector<Owned<ssl_ctx_st>> contexts_;
  std::map<std::string, ssl_ctx_st*, std::less<>> by_name_;
  ssl_ctx_st* fallback_ = nullptr;
  std::vector<Owned<x509_st>> client_ca_;
  std::shared_ptr<TicketKeys> keys_;
  Owned<evp_cipher_st> ticket_cipher_;
};

}  // namespace zest::tls
