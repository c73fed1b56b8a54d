#include "tls/kernel_calls.h"

#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::tls {
namespace {

constexpr size_t control_size = CMSG_SPACE(sizeof(unsigned char));

struct Envelope {
  Envelope(void* bytes, size_t size) : piece{.iov_base = bytes, .iov_len = size} {
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  iovec piece;
  msghdr message{};
  alignas(cmsghdr) char control[control_size] = {};
};

void write_sequence(uint64_t sequence, std::span<unsigned char> into) {
  for (size_t i = into.size(); i-- > 0; sequence >>= 8)
    into[i] = static_cast<unsigned char>(sequence);
}

// Of TLS 1.3 the nonce is one of 12 bytes, which the kernel takes in two parts. Of TLS 1.2 the
// second part stands in each record, and counts up from what it is given here: from the sequence
// number, as Sealer does it.
template <typename Info>
Result<void> give(int fd, int option, uint16_t cipher, const Keys& keys, const Traffic& traffic) {
  Info info{};
  const bool tls13 = traffic.version == Version::tls13;
  info.info = {.version = static_cast<uint16_t>(tls13 ? TLS_1_3_VERSION : TLS_1_2_VERSION),
               .cipher_type = cipher};
  memcpy(info.key, keys.key.data(), sizeof info.key);
  const size_t salt = nonce_size - sizeof info.iv;
  if constexpr (sizeof info.iv < nonce_size) memcpy(info.salt, keys.iv.data(), salt);
  memcpy(info.iv, keys.iv.data() + salt, sizeof info.iv);
  if (explicit_nonce_size(traffic.version, traffic.suite) > 0)
    write_sequence(traffic.sequence, info.iv);
  write_sequence(traffic.sequence, info.rec_seq);
  const auto set = sys::set_option(fd, SOL_TLS, option, &info, sizeof info,
                                   option == TLS_TX ? "give the kernel the keys for sending"
                                                    : "give the kernel the keys for receiving");
  explicit_bzero(&info, sizeof info);
  return set;
}

}  // namespace

Result<void> kernel_tls() {
  const auto socket = sys::open_socket(AF_INET, SOCK_STREAM);
  if (!socket) return fail(socket.error());
  const auto attached = attach_kernel_tls(socket->get());
  // A socket that is not connected is refused, but only after the module was looked for.
  if (attached || attached.error().os_errno == ENOTCONN) return {};
  if (attached.error().os_errno == ENOENT)
    return fail(Status::unsupported, "the kernel has no TLS (modprobe tls)");
  return attached;
}

Result<void> attach_kernel_tls(int fd) {
  return sys::set_option(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls", "attach the kernel's TLS");
}

Result<void> give_keys(int fd, Side side, const Algorithms& algorithms, const Traffic& traffic) {
  Keys keys;
  if (!derive_keys(algorithms, traffic, keys))
    return fail(Status::out_of_memory, "no memory to derive keys");
  const int option = side == Side::sends ? TLS_TX : TLS_RX;
  switch (traffic.suite) {
    case Suite::aes_128_gcm:
      return give<tls12_crypto_info_aes_gcm_128>(fd, option, TLS_CIPHER_AES_GCM_128, keys, traffic);
    case Suite::aes_256_gcm:
      return give<tls12_crypto_info_aes_gcm_256>(fd, option, TLS_CIPHER_AES_GCM_256, keys, traffic);
    case Suite::chacha20_poly1305:
      return give<tls12_crypto_info_chacha20_poly1305>(fd, option, TLS_CIPHER_CHACHA20_POLY1305,
                                                       keys, traffic);
  }
  return fail(Status::internal, "no such suite");
}

ContentType record_type(const msghdr& message) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  const bool told = header && header->cmsg_level == SOL_TLS &&
                    header->cmsg_type == TLS_GET_RECORD_TYPE &&
                    header->cmsg_len >= CMSG_LEN(sizeof(unsigned char));
  return told ? static_cast<ContentType>(*CMSG_DATA(header)) : ContentType::application_data;
}

Result<KernelRecord> receive_record(int fd, std::span<std::byte> into) {
  Envelope envelope(into.data(), into.size());
  ssize_t size = -1;
  int error = sys::fault::at("recvmsg", {ENOMEM, EBADMSG});
  if (error == 0 && (size = ::recvmsg(fd, &envelope.message, MSG_DONTWAIT)) < 0) error = errno;
  if (error) return fail_errno(error, "receive a record from the kernel");
  return KernelRecord{.type = record_type(envelope.message), .size = static_cast<size_t>(size)};
}

Result<void> send_record(int fd, ContentType type, std::span<const std::byte> content) {
  Envelope envelope(const_cast<std::byte*>(content.data()), content.size());
  cmsghdr* header = CMSG_FIRSTHDR(&envelope.message);
  header->cmsg_level = SOL_TLS;
  header->cmsg_type = TLS_SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN(sizeof(unsigned char));
  *CMSG_DATA(header) = static_cast<unsigned char>(type);
  int error = sys::fault::at("sendmsg", {ENOMEM, EPIPE, EAGAIN});
  if (error == 0 && ::sendmsg(fd, &envelope.message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    error = errno;
  if (error) return fail_errno(error, "send a record through the kernel");
  return {};
}

}  // namespace zest::tls
