// A client of a Stage whose listener speaks TLS: OpenSSL on a socket, with which both directions go
// at once.
#pragma once

#include <functional>

#include "proxy/stage.h"
#include "tls/ends.h"
#include "tls/openssl.h"
#include "tls/places.h"

namespace zest::test {

// For Stage: its listener has the fixture's certificates, and keeps its records there.
Change with_tls(tls::KernelMode mode, const Change& more = {});

struct Tls {
  bool version13 = true;
  bool rsa = false;
  SSL_SESSION* session = nullptr;
  std::string certificate, key;  // files, to show
};

class SecureClient : public Wire {
 public:
  explicit SecureClient(const Stage& stage, const Tls& tls = {})
      : SecureClient(connected_to(stage.address()), tls) {}
  explicit SecureClient(Fd connected, const Tls& tls = {});
  ~SecureClient() override;
  SecureClient(const SecureClient&) = delete;
  SecureClient& operator=(const SecureClient&) = delete;
  // For who does it step by step: nothing is said before.
  bool shake_hands();

  Message answer() { return message(Kind::answer); }
  size_t send_until_stuck(std::string_view bytes, int64_t stuck_ms) override;
  void update_keys(int kind);
  void say_end() { SSL_shutdown(ssl_.get()); }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  bool said_end() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  tls::Owned<ssl_session_st> session() const {
    return tls::Owned<ssl_session_st>(SSL_get1_session(ssl_.get()));
  }
  SSL* ssl() { return ssl_.get(); }

 protected:
  bool fill(int64_t for_ms) override;

 private:
  bool read_some();

  tls::Owned<ssl_ctx_st> context_;
  tls::Owned<ssl_st> ssl_;
};

}  // namespace zest::test
