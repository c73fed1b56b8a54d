#include "vm/ktls.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <span>

namespace zest::test {
namespace {

void count_up(std::span<unsigned char> bytes, unsigned char from) {
  for (unsigned char& byte : bytes) byte = from++;
}

template <typename Info>
bool set_keys(const Fd& fd, int direction, uint16_t version, uint16_t cipher) {
  Info info{};
  info.info = {.version = version, .cipher_type = cipher};
  count_up(info.key, 0);
  count_up(info.salt, 0xa0);
  count_up(info.iv, static_cast<unsigned char>(0xa0 + sizeof info.salt));
  return ::setsockopt(fd.get(), SOL_TLS, direction, &info, sizeof info) == 0;
}

}  // namespace

bool attach_tls(const Fd& fd) {
  return ::setsockopt(fd.get(), IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0;
}

bool kernel_has_tls() {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A socket that is not connected is refused, but only after the module was looked for.
  return attach_tls(listener) || errno == ENOTCONN;
}

bool set_aes_128(const Fd& fd, int direction, uint16_t version) {
  return set_keys<tls12_crypto_info_aes_gcm_128>(fd, direction, version, TLS_CIPHER_AES_GCM_128);
}

bool set_aes_256(const Fd& fd, int direction, uint16_t version) {
  return set_keys<tls12_crypto_info_aes_gcm_256>(fd, direction, version, TLS_CIPHER_AES_GCM_256);
}

bool set_chacha20(const Fd& fd, int direction, uint16_t version) {
  tls12_crypto_info_chacha20_poly1305 info{};
  info.info = {.version = version, .cipher_type = TLS_CIPHER_CHACHA20_POLY1305};
  count_up(info.key, 0);
  count_up(info.iv, 0xa0);
  return ::setsockopt(fd.get(), SOL_TLS, direction, &info, sizeof info) == 0;
}

Pair tls_pair() {
  Pair pair = tcp_pair();
  for (const Fd* fd : {&pair.near, &pair.far}) {
    REQUIRE(attach_tls(*fd));
    REQUIRE(set_aes_128(*fd, TLS_TX));
    REQUIRE(set_aes_128(*fd, TLS_RX));
  }
  return pair;
}

bool send_record(const Fd& fd, const Record& record) {
  iovec piece{const_cast<char*>(record.bytes.data()), record.bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(1)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = TLS_SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN(1);
  *CMSG_DATA(header) = static_cast<unsigned char>(record.type);
  return ::sendmsg(fd.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(record.bytes.size());
}

Record receive_record(const Fd& fd) {
  std::array<char, 16384> bytes;
  iovec piece{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(1)> control{};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t size = ::recvmsg(fd.get(), &message, 0);
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (size < 0 || !header || header->cmsg_type != TLS_GET_RECORD_TYPE) return {};
  return {.type = *CMSG_DATA(header), .bytes = {bytes.data(), static_cast<size_t>(size)}};
}

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

}  // namespace zest::test
