// OpenSSL itself as the other side, over memory: for what our own engine would never do.
#pragma once

#include <functional>
#include <string>

#include "tls/ends.h"
#include "tls/openssl.h"

namespace zest::test {

class RawPeer {
 public:
  using Setup = std::function<void(SSL_CTX*)>;
  static constexpr bool serves = true;

  // A client that trusts everybody, or a server with the fixture's certificate.
  explicit RawPeer(bool server, const Setup& setup = {});

  // Lets it and the engine answer each other until both are silent.
  void settle(End& with);
  // Its data into `data`; what it has to send comes back.
  std::string advance(std::string_view received);

  SSL* ssl() { return ssl_.get(); }
  bool open() const { return SSL_is_init_finished(ssl_.get()) == 1; }
  bool failed() const { return failed_; }
  bool closed() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void say(std::string_view text);
  std::string data;
  uint8_t alert = 255;  // that it was sent

 private:
  tls::Owned<ssl_ctx_st> context_;
  tls::Owned<ssl_st> ssl_;
  BIO* in_;
  BIO* out_;
  bool failed_ = false;
};

}  // namespace zest::test
