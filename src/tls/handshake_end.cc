// What a handshake has come to: keys and facts.
#include <openssl/x509v3.h>

#include "tls/handshake.h"
#include "tls/openssl.h"
#include "tls/record.h"
#include "tls/suite_of.h"

namespace zest::tls {
namespace {

Text<65> hex_of(const std::array<unsigned char, 32>& digest) {
  constexpr char digits[] = "0123456789abcdef";
  std::array<char, 65> hex{};
  for (size_t i = 0; i < digest.size(); ++i) {
    hex[2 * i] = digits[digest[i] >> 4];
    hex[2 * i + 1] = digits[digest[i] & 15];
  }
  Text<65> text;
  text.append("%s", hex.data());
  return text;
}

}  // namespace

bool Handshake::settle() {
  SSL* ssl = ssl_.get();
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
  const auto suite = suite_of(cipher);
  const auto hash = hash_of(cipher);
  if (!suite || !hash) return false;
  const Version version = SSL_version(ssl) == TLS1_3_VERSION ? Version::tls13 : Version::tls12;
  for (Traffic* traffic : {&incoming_, &outgoing_}) {
    traffic->version = version;
    traffic->suite = *suite;
    traffic->hash = *hash;
  }
  // RFC 6066, 4: 512 << 0 to 3.
  if (const uint8_t code = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl)))
    content_max_ = size_t{256} << code;
  facts_->version = version;
  facts_->cipher = SSL_CIPHER_get_name(cipher);
  return (version == Version::tls13 || settle_tls12()) && note_facts();
}

// Each side's Finished is under these keys, in a record or in several.
bool Handshake::settle_tls12() {
  SSL* ssl = ssl_.get();
  std::array<std::byte, 64> randoms;
  SSL_get_client_random(ssl, octets(randoms.data()), 32);
  SSL_get_server_random(ssl, octets(randoms.data()) + 32, 32);
  std::array<std::byte, SSL_MAX_MASTER_KEY_LENGTH> secret;
  const size_t size =
      SSL_SESSION_get_master_key(SSL_get_session(ssl), octets(secret.data()), secret.size());
  KeyBlock block{.client = incoming_, .server = incoming_};
  const bool split = split_key_block(*algorithms(), std::span(secret).first(size), randoms, block);
  OPENSSL_cleanse(secret.data(), secret.size());
  const bool serves = SSL_is_server(ssl) == 1;
  const uint64_t received = incoming_.sequence;
  const uint64_t sent = outgoing_.sequence;
  incoming_ = serves ? block.client : block.server;
  outgoing_ = serves ? block.server : block.client;
  incoming_.sequence = received;
  outgoing_.sequence = sent;
  if (resumption_) keep_session();
  return split;
}

bool Handshake::note_facts() {
  SSL* ssl = ssl_.get();
  facts_->resumed = SSL_session_reused(ssl) == 1;
  const unsigned char* alpn = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &size);
  facts_->alpn.append("%.*s", static_cast<int>(size), reinterpret_cast<const char*>(alpn));
  x509_st* certificate = SSL_get0_peer_certificate(ssl);
  return !certificate || note_peer(*certificate);
}

bool Handshake::note_peer(x509_st& certificate) {
  std::array<unsigned char, 32> digest;
  const Owned<bio_st> text(BIO_new(BIO_s_mem()));
  const bool written = text &&
                       X509_NAME_print_ex(text.get(), X509_get_subject_name(&certificate), 0,
                                          XN_FLAG_RFC2253) >= 0 &&
                       X509_digest(&certificate, EVP_sha256(), digest.data(), nullptr) == 1;
  if (!written) return false;
  facts_->fingerprint = hex_of(digest);
  const char* chars = nullptr;
  const long size = BIO_get_mem_data(text.get(), &chars);
  return facts_->subject.append(std::string_view(chars, static_cast<size_t>(size)));
}

}  // namespace zest::tls
