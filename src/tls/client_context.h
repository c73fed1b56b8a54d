// How we speak TLS to origins: an immutable whole, as ServerContext is.
#pragma once

#include <optional>

#include "tls/context.h"

namespace zest::tls {

class ClientContext final : public Context {
 public:
  // `errors`: as for a ServerContext.
  static Result<std::shared_ptr<const ClientContext>> create(
      const ClientConfig& config, int64_t now_s, std::vector<std::string>* errors = nullptr);
  ClientContext() = default;
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;

  ssl_ctx_st* get() const { return context_.get(); }
  bool verifies() const { return verifies_; }

 private:
  Result<void> fill(const ClientConfig& config, Reading files);
  Result<void> show(const CertificateFiles& certificate, Reading& files);
  Result<void> trust_whom(const ClientConfig& config, Reading& reading);

  Owned<ssl_ctx_st> context_;
  bool verifies_ = true;
};

// The session that the next handshake with an origin may resume: the newest that it gave us. It is
// used only with the context and the name that it was made with. Of one thread.
class Resumption {
 public:
  // Of a full handshake `until_s` is when what the origin was believed for expires; a resumed one
  // was not believed anew, and has none.
  void keep(std::shared_ptr<const ClientContext> context, std::string_view name,
            Owned<ssl_session_st> session, std::optional<int64_t> until_s);
  ssl_session_st* session(const ClientContext& context, std::string_view name) const;
  // Some servers end without a word where one is offered.
  void forget() { session_.reset(); }

 private:
  std::shared_ptr<const ClientContext> context_;
  Bytes name_;
  Owned<ssl_session_st> session_;
  int64_t until_s_ = 0;  // of the wall clock
};

}  // namespace zest::tls
