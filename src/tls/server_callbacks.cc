#include "tls/server_callbacks.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstring>
#include <ctime>

#include "tls/expiry.h"
#include "tls/handshake.h"
#include "tls/openssl.h"
#include "tls/server_context.h"

namespace zest::tls {
namespace {

const ServerContext& context_of(const SSL* ssl) {
  return *static_cast<const ServerContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

uint16_t number_at(std::span<const unsigned char> bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// The extension is a list with one entry: 0, length, name (RFC 6066, section 3). What else it may
// be is OpenSSL's to refuse.
std::string_view server_name(SSL* ssl) {
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) != 1) return {};
  const std::span<const unsigned char> list(data, size);
  if (size < 5 || list[2] != TLSEXT_NAMETYPE_host_name) return {};
  const size_t name = number_at(list, 3);
  return name > size - 5 ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(data) + 5, name);
}

// Called before a session is looked for: else a ticket would be judged by another name's rules.
int choose_site(SSL* ssl, int* alert, void*) {
  const std::string_view name = server_name(ssl);
  if (name.empty()) return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_INTERNAL_ERROR;
  if (!Handshake::of(ssl).note_server_name(name)) return SSL_CLIENT_HELLO_ERROR;
  ssl_ctx_st* context = context_of(ssl).find(name);
  return SSL_set_SSL_CTX(ssl, context) == context ? SSL_CLIENT_HELLO_SUCCESS
                                                  : SSL_CLIENT_HELLO_ERROR;
}

// RFC 7301, 3.2: with nothing in common there is no handshake.
int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  const std::vector<unsigned char>& ours = context_of(ssl).alpn();
  if (ours.empty()) return SSL_TLSEXT_ERR_NOACK;
  const int found =
      SSL_select_next_proto(const_cast<unsigned char**>(chosen), size, ours.data(),
                            static_cast<unsigned>(ours.size()), offered, offered_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int staple(SSL* ssl, void*) {
  const auto* response = context_of(ssl).ocsp_for(SSL_get_certificate(ssl));
  if (!response) return SSL_TLSEXT_ERR_NOACK;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response->data(), response->size()));
  if (!copy) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response->size()));
  return SSL_TLSEXT_ERR_OK;
}

bool start_mac(EVP_MAC_CTX* mac, TicketKey& key) {
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac.data(), key.mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1;
}

int seal_ticket(const ServerContext& owner, unsigned char* name, unsigned char* iv,
                EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  TicketKey key;
  if (!owner.ticket_keys().newest(key) || RAND_bytes(iv, 16) != 1) return -1;
  std::copy(key.name.begin(), key.name.end(), name);
  const bool started =
      EVP_EncryptInit_ex(cipher, owner.ticket_cipher(), nullptr, key.cipher.data(), iv) == 1 &&
      start_mac(mac, key);
  return started ? 1 : -1;
}

constexpr int ticket_unknown = 0;
constexpr int ticket_good = 1;
constexpr int ticket_good_but_old = 2;

int open_ticket(const ServerContext& owner, const unsigned char* name, const unsigned char* iv,
                EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) {
  TicketKey key;
  const TicketKeys::Found found =
      owner.ticket_keys().find(std::span<const unsigned char, 16>(name, 16), key);
  if (found == TicketKeys::Found::no) return ticket_unknown;
  if (EVP_DecryptInit_ex(cipher, owner.ticket_cipher(), nullptr, key.cipher.data(), iv) != 1 ||
      !start_mac(mac, key))
    return -1;
  return found == TicketKeys::Found::newest ? ticket_good : ticket_good_but_old;
}

int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
               EVP_MAC_CTX* mac, int sealing) {
  const ServerContext& owner = context_of(ssl);
  return sealing ? seal_ticket(owner, name, iv, cipher, mac)
                 : open_ticket(owner, name, iv, cipher, mac);
}

// A ticket holds the client's certificate, but nothing of what stood above it: so until when all of
// that is good stands in the ticket, too. One that is resumed keeps what it says.
int new_ticket(SSL* ssl, void*) {
  if (!SSL_get0_verified_chain(ssl)) return 1;
  const int64_t until_s = verified_until(ssl);
  return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), &until_s, sizeof until_s);
}

bool has_expired(SSL_SESSION* session) {
  if (!SSL_SESSION_get0_peer(session)) return false;
  void* noted = nullptr;
  size_t size = 0;
  int64_t until_s = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &noted, &size) != 1 || size != sizeof until_s)
    return true;
  memcpy(&until_s, noted, sizeof until_s);
  return until_s <= ::time(nullptr);
}

// Of our rules as they are now: the ticket has those of when it was given.
bool is_too_old(SSL* ssl, const SSL_SESSION* session) {
  const int64_t until_s =
      int64_t{SSL_SESSION_get_time(session)} + SSL_CTX_get_timeout(SSL_get_SSL_CTX(ssl));
  return until_s < ::time(nullptr);
}

// TLS 1.2 resumes a cipher, too, and OpenSSL asks the client alone whether it still wants it.
bool has_lost_its_cipher(SSL* ssl, const SSL_SESSION* session) {
  if (SSL_SESSION_get_protocol_version(session) != TLS1_2_VERSION) return false;
  return sk_SSL_CIPHER_find(SSL_get_ciphers(ssl), SSL_SESSION_get0_cipher(session)) < 0;
}

// What a full handshake would refuse is not resumed.
SSL_TICKET_RETURN accept_ticket(SSL* ssl, SSL_SESSION* session, const unsigned char*, size_t,
                                SSL_TICKET_STATUS status, void*) {
  if (!session || has_expired(session) || is_too_old(ssl, session) ||
      has_lost_its_cipher(ssl, session))
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  switch (status) {
    case SSL_TICKET_SUCCESS: return SSL_TICKET_RETURN_USE;
    case SSL_TICKET_SUCCESS_RENEW: return SSL_TICKET_RETURN_USE_RENEW;
    default: return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
}

}  // namespace

void set_server_callbacks(ssl_ctx_st* context, const ServerContext& owner) {
  SSL_CTX_set_app_data(context, const_cast<ServerContext*>(&owner));
  SSL_CTX_set_client_hello_cb(context, choose_site, nullptr);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  SSL_CTX_set_tlsext_status_cb(context, staple);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
  SSL_CTX_set_session_ticket_cb(context, new_ticket, accept_ticket, nullptr);
}

}  // namespace zest::tls
