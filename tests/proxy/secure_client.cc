#include "proxy/secure_client.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace zest::test {
namespace {

// OpenSSL writes to sockets without MSG_NOSIGNAL.
[[maybe_unused]] const auto before = ::signal(SIGPIPE, SIG_IGN);

}  // namespace

Change with_tls(tls::KernelMode mode, const Change& more) {
  return [=](proxy::Config& config) {
    tls::ServerConfig& tls = config.listeners[0].tls.emplace();
    tls.certificates = {example_files(), example_rsa_files()};
    tls.preferences.kernel = mode;
    if (more) more(config);
  };
}

SecureClient::SecureClient(Fd connected, const Tls& tls)
    : Wire(std::move(connected)), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX* context = context_.get();
  if (!tls.version13) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  const char* kind = tls.rsa ? "RSA+SHA256:RSA-PSS+SHA256" : "ECDSA+SHA256";
  SSL_CTX_set1_sigalgs_list(context, kind);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!tls.certificate.empty()) {
    SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(), SSL_FILETYPE_PEM);
  }
  ::fcntl(fd().get(), F_SETFL, ::fcntl(fd().get(), F_GETFL) | O_NONBLOCK);
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd().get());
  SSL_set_tlsext_host_name(ssl_.get(), "www.example.org");
  if (tls.session) SSL_set_session(ssl_.get(), tls.session);
  SSL_set_connect_state(ssl_.get());
}

// OpenSSL takes the session of a connection that was not shut down for a bad one.
SecureClient::~SecureClient() {
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

bool SecureClient::shake_hands() {
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) return true;
    if (SSL_get_error(ssl_.get(), done) != SSL_ERROR_WANT_READ) return false;
    if (!await(POLLIN, patience_ms())) return false;
  }
}

// What arrives meanwhile is taken, so that nobody waits for the other.
size_t SecureClient::send_until_stuck(std::string_view bytes, int64_t stuck_ms) {
  size_t sent = 0;
  while (sent < bytes.size() && !end_) {
    ERR_clear_error();
    const int size = static_cast<int>(std::min<size_t>(bytes.size() - sent, 1 << 20));
    const int n = SSL_write(ssl_.get(), bytes.data() + sent, size);
    if (n > 0) sent += static_cast<size_t>(n);
    const int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), n);
    if (why == SSL_ERROR_SSL || why == SSL_ERROR_SYSCALL) break;
    while (read_some()) {
    }
    if (n > 0) continue;
    if (!await(static_cast<short>(why == SSL_ERROR_WANT_READ ? POLLIN : POLLIN | POLLOUT),
               stuck_ms))
      break;
  }
  return sent;
}

bool SecureClient::read_some() {
  if (end_) return false;
  ERR_clear_error();
  std::array<char, 65536> piece;
  const int n = SSL_read(ssl_.get(), piece.data(), piece.size());
  if (n > 0) {
    arrived_.append(piece.data(), static_cast<size_t>(n));
    return true;
  }
  const int why = SSL_get_error(ssl_.get(), n);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return false;
  end_ = true;
  reset_ = why != SSL_ERROR_ZERO_RETURN;
  return false;
}

bool SecureClient::fill(int64_t for_ms) {
  while (!end_ && fd().valid()) {
    if (read_some()) return true;
    if (end_ || !await(POLLIN, for_ms)) return false;
  }
  return false;
}

void SecureClient::update_keys(int kind) {
  SSL_key_update(ssl_.get(), kind);
  SSL_do_handshake(ssl_.get());
}

}  // namespace zest::test
