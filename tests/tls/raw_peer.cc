#include "tls/raw_peer.h"

#include <doctest/doctest.h>

namespace zest::test {

RawPeer::RawPeer(bool server, const Setup& setup) {
  context_.reset(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (server) {
    SSL_CTX_use_certificate_chain_file(context_.get(), example_files().certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), example_files().key.c_str(), SSL_FILETYPE_PEM);
  }
  if (setup) setup(context_.get());
  ssl_.reset(SSL_new(context_.get()));
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  server ? SSL_set_accept_state(ssl_.get()) : SSL_set_connect_state(ssl_.get());
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_info_callback(ssl_.get(), [](const SSL* ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
      static_cast<RawPeer*>(SSL_get_app_data(ssl))->alert = static_cast<uint8_t>(value);
  });
}

std::string RawPeer::advance(std::string_view received) {
  ERR_clear_error();
  if (!received.empty()) BIO_write(in_, received.data(), static_cast<int>(received.size()));
  char room[20'000];
  for (int got; (got = SSL_read(ssl_.get(), room, sizeof room)) > 0;)
    data.append(room, static_cast<size_t>(got));
  const int why = SSL_get_error(ssl_.get(), 0);
  if (why == SSL_ERROR_SSL) failed_ = true;
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out_, &bytes);
  std::string sent(bytes, static_cast<size_t>(size));
  (void)BIO_reset(out_);
  return sent;
}

void RawPeer::settle(End& with) {
  std::string to_us;
  for (;;) {
    const std::string to_engine = advance(to_us);
    with.waiting += to_engine;
    with.open();
    to_us = with.take();
    if (to_us.empty() && to_engine.empty()) return;
  }
}

void RawPeer::say(std::string_view text) {
  CHECK(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) ==
        static_cast<int>(text.size()));
}

}  // namespace zest::test
