// What a handshake tells us while it runs.
#include <algorithm>
#include <array>
#include <cstring>

#include "tls/handshake.h"
#include "tls/openssl.h"

namespace zest::tls {
namespace {

std::byte digit(char c) {
  return static_cast<std::byte>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

void read_hex(std::string_view hex, std::span<std::byte> into) {
  const size_t size = std::min(hex.size() / 2, into.size());
  for (size_t i = 0; i < size; ++i) into[i] = digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]);
}

void keys_changed(const SSL* ssl, const char* line) { Handshake::of(ssl).note_key_log(line); }

// The one that this thread is in the middle of. OpenSSL's key derivations are told nothing of their
// connection, so this is the only way from there to it.
thread_local Handshake* running = nullptr;

// TLS 1.3 has a ChangeCipherSpec that changes nothing.
void message_seen(int written, int, int type, const void* header, size_t, SSL* ssl, void*) {
  if (type != SSL3_RT_HEADER) return;
  Handshake::of(ssl).note_record(written == 1);
  const bool change = *static_cast<const unsigned char*>(header) == SSL3_RT_CHANGE_CIPHER_SPEC;
  if (change && SSL_version(ssl) == TLS1_2_VERSION) Handshake::of(ssl).note_change(written == 1);
}

}  // namespace

class Handshake::Running {
 public:
  explicit Running(Handshake& handshake) { running = &handshake; }
  ~Running() { running = before_; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Handshake* const before_ = running;
};

Handshake::Progress Handshake::advance(std::span<const std::byte> record) {
  const Running now(*this);
  ERR_clear_error();
  wire_.in = record;
  return go_on();
}

void Handshake::listen_to(ssl_ctx_st* context, bool with_key_log) {
  if (with_key_log) SSL_CTX_set_keylog_callback(context, keys_changed);
  SSL_CTX_set_msg_callback(context, message_seen);
}

Handshake& Handshake::of(const ssl_st* ssl) {
  return *static_cast<Handshake*>(SSL_get_app_data(ssl));
}

// A client that is asked to try again says it again.
bool Handshake::note_server_name(std::string_view name) {
  facts_->server_name.reset();
  return facts_->server_name.append(name);
}

void Handshake::note_derived(std::string_view label, std::span<const std::byte> value) {
  if (!running) return;
  if (label == "c ap traffic") running->note_secret(true, value);
  if (label == "s ap traffic") running->note_secret(false, value);
}

void Handshake::note_key_log(std::string_view line) {
  const bool clients = line.starts_with("CLIENT_TRAFFIC_SECRET_0 ");
  if (!clients && !line.starts_with("SERVER_TRAFFIC_SECRET_0 ")) return;
  const std::string_view hex = line.substr(line.rfind(' ') + 1);
  std::array<std::byte, secret_size_max> secret{};
  const auto known = std::span(secret).first(std::min(hex.size() / 2, secret.size()));
  read_hex(hex, known);
  note_secret(clients, known);
  OPENSSL_cleanse(secret.data(), secret.size());
}

// OpenSSL tells of a secret when it turns to its keys (tls13_change_cipher_state), so the records
// counted from here on are those that they protect. In each direction the last is that of the
// application's data.
void Handshake::note_secret(bool clients, std::span<const std::byte> secret) {
  const bool comes_in = clients == (SSL_is_server(ssl_.get()) == 1);
  Traffic& traffic = comes_in ? incoming_ : outgoing_;
  const size_t size = std::min(secret.size(), traffic.secret.size());
  std::ranges::copy(secret.first(size), traffic.secret.begin());
  (comes_in ? knows_incoming_ : knows_outgoing_) = true;
  traffic.sequence = 0;
}

void Handshake::note_record(bool written) { ++(written ? outgoing_ : incoming_).sequence; }
void Handshake::note_change(bool written) { (written ? outgoing_ : incoming_).sequence = 0; }

}  // namespace zest::tls
