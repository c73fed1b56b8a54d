#include "tls/handshake.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <new>

#include "tls/expiry.h"
#include "tls/openssl.h"
#include "tls/record.h"

namespace zest::tls {
namespace {

bool is_ip(const std::string& name) {
  unsigned char ip[16];
  return ::inet_pton(AF_INET, name.c_str(), ip) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), ip) == 1;
}

}  // namespace

// OpenSSL takes the session of a connection that was not shut down for a bad one.
Handshake::~Handshake() {
  if (ssl_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

Result<std::unique_ptr<Handshake>> Handshake::server(std::shared_ptr<const ServerContext> context) {
  ssl_ctx_st* fallback = context->fallback();
  std::unique_ptr<Handshake> made(new (std::nothrow) Handshake(std::move(context)));
  if (!made) return fail(Status::out_of_memory, "no memory for a TLS handshake");
  if (auto begun = made->begin(fallback); !begun) return fail(begun.error());
  SSL_set_accept_state(made->ssl_.get());
  return made;
}

Result<std::unique_ptr<Handshake>> Handshake::client(std::shared_ptr<const ClientContext> context,
                                                     const std::string& name,
                                                     std::shared_ptr<Resumption> resumption) {
  std::unique_ptr<Handshake> made(new (std::nothrow) Handshake(context));
  if (!made) return fail(Status::out_of_memory, "no memory for a TLS handshake");
  if (auto begun = made->begin(context->get()); !begun) return fail(begun.error());
  SSL_set_connect_state(made->ssl_.get());
  if (auto expected = made->expect(*context, name); !expected) return fail(expected.error());
  if (resumption)
    if (SSL_SESSION* session = resumption->session(*context, name))
      SSL_set_session(made->ssl_.get(), session);
  made->client_ = std::move(context);
  made->resumption_ = std::move(resumption);
  return made;
}

Result<void> Handshake::begin(ssl_ctx_st* context) {
  content_max_ = plaintext_max;
  facts_.reset(new (std::nothrow) Facts);
  ssl_.reset(SSL_new(context));
  Owned<bio_st> bio = wire_bio(common_->wire_method(), wire_);
  if (!facts_ || !ssl_ || !bio) {
    ERR_clear_error();
    return fail(Status::out_of_memory, "no memory for a TLS handshake");
  }
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_bio(ssl_.get(), bio.get(), bio.get());
  (void)bio.release();
  return {};
}

Result<void> Handshake::expect(const ClientContext& context, const std::string& name) {
  if (name.empty() && !context.verifies()) return {};  // whoever it is
  SSL* ssl = ssl_.get();
  const bool ip = is_ip(name);
  const bool asked = ip || SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
  const bool checked =
      !context.verifies() || (ip ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str())
                                 : SSL_set1_host(ssl, name.c_str())) == 1;
  if (!asked || !checked || !name_.append(name) || !note_server_name(name))
    return fail_openssl("expect the name \"%s\"", name.c_str());
  return {};
}

Handshake::Progress Handshake::go_on() {
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return finish();
  if (SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ) return Progress::more;
  return fail_with(reason());
}

// Keys that we were not told would be zeros.
Handshake::Progress Handshake::finish() {
  const bool tls13 = SSL_version(ssl_.get()) == TLS1_3_VERSION;
  if (tls13 && !(knows_incoming_ && knows_outgoing_))
    return fail_with("OpenSSL has not told the traffic secrets");
  return settle() ? Progress::done : fail_with("no memory");
}

Handshake::Progress Handshake::fail_with(const char* why) {
  why_ = why;
  ERR_clear_error();
  return Progress::failed;
}

const char* Handshake::reason() const {
  const long verified = SSL_get_verify_result(ssl_.get());
  const bool asked = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
  if (asked && verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  const char* words = ERR_reason_error_string(ERR_peek_error());
  return words ? words : "ended in the handshake";
}

void Handshake::read_ticket(std::span<const std::byte> record) {
  ERR_clear_error();
  wire_.in = record;
  char none = 0;
  (void)SSL_read(ssl_.get(), &none, sizeof none);
  keep_session();
  ERR_clear_error();
}

// Not by OpenSSL's callback: with its cache on, it spoils a session of TLS 1.3 at its first use,
// and with it the one that a new ticket makes of it.
void Handshake::keep_session() {
  Owned<ssl_session_st> session(SSL_get1_session(ssl_.get()));
  if (!session || !SSL_SESSION_is_resumable(session.get())) return;
  std::optional<int64_t> until_s;
  if (!SSL_session_reused(ssl_.get())) until_s = verified_until(ssl_.get());
  resumption_->keep(client_, name_.text(), std::move(session), until_s);
}

}  // namespace zest::tls
