#include "tls/client_context.h"

#include <ctime>
#include <new>

#include "tls/handshake.h"
#include "tls/openssl.h"

namespace zest::tls {

Result<std::shared_ptr<const ClientContext>> ClientContext::create(
    const ClientConfig& config, int64_t now_s, std::vector<std::string>* errors) try {
  auto context = std::make_shared<ClientContext>();
  const Reading files = context->reading(now_s, false, errors);
  if (auto filled = context->fill(config, files); !filled) return fail(filled.error());
  return context;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "no memory for a TLS context");
}

Result<void> ClientContext::fill(const ClientConfig& config, Reading files) {
  if (auto prepared = prepare(config.preferences); !prepared) return prepared;
  auto made = make(TLS_client_method(), config.preferences);
  if (!made) return fail(made.error());
  context_ = std::move(*made);
  const Result<void> trusted = files.noted(trust_whom(config, files));
  const Result<void> shown = show(config.certificate, files);
  if (!trusted || !shown) return trusted ? shown : trusted;
  const auto& ours = alpn();
  // 0 is success, here alone.
  if (SSL_CTX_set_alpn_protos(context_.get(), ours.data(), static_cast<unsigned>(ours.size())) != 0)
    return fail_openssl("set ALPN");
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  return {};
}

Result<void> ClientContext::show(const CertificateFiles& certificate, Reading& files) {
  if (certificate.certificate.empty()) return {};
  const auto read = read_certificate(certificate, files);
  return read ? use(context_.get(), *read) : fail(read.error());
}

Result<void> ClientContext::trust_whom(const ClientConfig& config, Reading& reading) {
  verifies_ = config.verify;
  SSL_CTX_set_verify(context_.get(), verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verifies_) return {};
  if (!config.ca.empty()) {
    const auto authorities = read_authorities(config.ca, reading);
    return authorities ? trust(context_.get(), *authorities) : fail(authorities.error());
  }
  if (SSL_CTX_set_default_verify_paths(context_.get()) != 1)
    return fail_openssl("the system's certificate authorities");
  return {};
}

void Resumption::keep(std::shared_ptr<const ClientContext> context, std::string_view name,
                      Owned<ssl_session_st> session, std::optional<int64_t> until_s) {
  session_.reset();
  until_s_ = until_s.value_or(until_s_);
  context_ = std::move(context);
  name_.reset();
  if (name_.append(name)) session_ = std::move(session);
}

ssl_session_st* Resumption::session(const ClientContext& context, std::string_view name) const {
  const bool fits =
      session_ && context_.get() == &context && name_.text() == name && until_s_ > ::time(nullptr);
  return fits && SSL_SESSION_is_resumable(session_.get()) ? session_.get() : nullptr;
}

}  // namespace zest::tls
