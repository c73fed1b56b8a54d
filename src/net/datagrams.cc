#include "net/datagrams.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

template <typename T>
T value_of(cmsghdr* control) {
  T value{};
  memcpy(&value, CMSG_DATA(control), sizeof value);
  return value;
}

template <typename T>
void append(msghdr& message, int level, int type, const T& value, size_t& used) {
  auto* control = reinterpret_cast<cmsghdr*>(static_cast<char*>(message.msg_control) + used);
  *control = {.cmsg_len = CMSG_LEN(sizeof value), .cmsg_level = level, .cmsg_type = type};
  memcpy(CMSG_DATA(control), &value, sizeof value);
  used += CMSG_SPACE(sizeof value);
}

// What a kernel, or a device, says that can't cut a large one into parts.
bool cannot_segment(int error) {
  return error == EIO || error == EINVAL || error == EOPNOTSUPP || error == EMSGSIZE;
}

// It is not of the one that was to be sent: the others would fare alike.
bool concerns_all(int error) {
  return error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == ECONNREFUSED;
}

}  // namespace

// Each only makes it faster, or the answer's source right where there are several; no kernel that
// zest runs on lacks the latter.
void prepare_datagrams(int fd, bool wildcard) {
  (void)sys::set_option(fd, IPPROTO_UDP, UDP_GRO, 1, "UDP_GRO");
  if (!wildcard) return;
  (void)sys::set_option(fd, IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
  (void)sys::set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
}

DatagramBatch::DatagramBatch() : memory_(std::make_unique<std::byte[]>(count_max * size_max)) {}

int DatagramBatch::receive(int fd) {
  if (const int error = sys::fault::at("recvmmsg", {EAGAIN, ECONNREFUSED})) return -error;
  for (size_t i = 0; i < count_max; ++i) {
    pieces_[i] = {.iov_base = memory_.get() + i * size_max, .iov_len = size_max};
    messages_[i].msg_hdr = {.msg_name = items_[i].from.get(),
                            .msg_namelen = sys::Address::capacity(),
                            .msg_iov = &pieces_[i],
                            .msg_iovlen = 1,
                            .msg_control = controls_[i].data(),
                            .msg_controllen = control_size,
                            .msg_flags = 0};
  }
  const int count = ::recvmmsg(fd, messages_.data(), count_max, MSG_DONTWAIT, nullptr);
  if (count < 0) return -errno;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    items_[i].from.set_size(messages_[i].msg_hdr.msg_namelen);
    items_[i].size = messages_[i].msg_len;
    read_control(i);
  }
  return count;
}

void DatagramBatch::read_control(size_t index) {
  Item& item = items_[index];
  item.to = {};
  item.segment = 0;
  msghdr& message = messages_[index].msg_hdr;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level == IPPROTO_UDP && one->cmsg_type == UDP_GRO)
      item.segment = static_cast<uint16_t>(value_of<int>(one));
    if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
      item.to.family = AF_INET;
      item.to.ipv4 = value_of<in_pktinfo>(one);
    }
    if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
      item.to.family = AF_INET6;
      item.to.ipv6 = value_of<in6_pktinfo>(one);
      if (IN6_IS_ADDR_MULTICAST(&item.to.ipv6.ipi6_addr)) item.to.ipv6.ipi6_addr = in6addr_any;
    }
  }
  if (item.segment >= item.size) item.segment = 0;
}

size_t DatagramBatch::parts(size_t index) const {
  const Item& item = items_[index];
  return item.segment ? (item.size + item.segment - 1) / item.segment : 1;
}

size_t DatagramBatch::parts(size_t first, size_t count) const {
  size_t sum = 0;
  for (size_t i = first; i < first + count; ++i) sum += parts(i);
  return sum;
}

void DatagramBatch::write_control(size_t index, const LocalIp* from) {
  msghdr& message = messages_[index].msg_hdr;
  const Item& item = items_[index];
  size_t used = 0;
  message.msg_control = controls_[index].data();
  if (item.segment) append(message, IPPROTO_UDP, UDP_SEGMENT, item.segment, used);
  if (from && from->family == AF_INET) append(message, IPPROTO_IP, IP_PKTINFO, from->ipv4, used);
  if (from && from->family == AF_INET6)
    append(message, IPPROTO_IPV6, IPV6_PKTINFO, from->ipv6, used);
  message.msg_controllen = used;
  if (used == 0) message.msg_control = nullptr;
}

DatagramBatch::Sent DatagramBatch::send(int fd, size_t first, size_t count) {
  for (size_t i = first; i < first + count; ++i) {
    messages_[i].msg_hdr.msg_name = nullptr;
    messages_[i].msg_hdr.msg_namelen = 0;
    write_control(i, nullptr);
  }
  return send_all(fd, first, count);
}

DatagramBatch::Sent DatagramBatch::send_to(int fd, size_t first, size_t count,
                                           const sys::Address& to, const LocalIp& from) {
  for (size_t i = first; i < first + count; ++i) {
    messages_[i].msg_hdr.msg_name = const_cast<sockaddr*>(to.get());
    messages_[i].msg_hdr.msg_namelen = to.size();
    write_control(i, &from);
  }
  return send_all(fd, first, count);
}

DatagramBatch::Sent DatagramBatch::send_all(int fd, size_t first, size_t count) {
  for (size_t i = first; i < first + count; ++i) {
    pieces_[i].iov_len = items_[i].size;
    messages_[i].msg_hdr.msg_flags = 0;
  }
  Sent sent;
  const size_t end = first + count;
  for (size_t next = first; next < end;) {
    if (const int error = sys::fault::at("sendmmsg", {EAGAIN, ECONNREFUSED}))
      return {.datagrams = sent.datagrams, .bytes = sent.bytes, .error = error};
    const int taken = ::sendmmsg(fd, &messages_[next], static_cast<unsigned>(end - next),
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0) {
      const auto whole = static_cast<size_t>(taken);
      sent.datagrams += parts(next, whole);
      for (size_t i = next; i < next + whole; ++i) sent.bytes += items_[i].size;
      next += whole;
      continue;
    }
    sent.error = errno;
    if (items_[next].segment && cannot_segment(sent.error)) sent.error = send_parts(fd, next, sent);
    if (concerns_all(sent.error)) return sent;
    ++next;
  }
  return sent;
}

int DatagramBatch::send_parts(int fd, size_t index, Sent& sent) {
  Item& item = items_[index];
  msghdr message = messages_[index].msg_hdr;
  // What tells the segments' size stands first.
  const size_t skip = CMSG_SPACE(sizeof item.segment);
  message.msg_control = static_cast<char*>(message.msg_control) + skip;
  message.msg_controllen -= skip;
  if (message.msg_controllen == 0) message.msg_control = nullptr;
  iovec piece{};
  message.msg_iov = &piece;
  auto* bytes = static_cast<std::byte*>(pieces_[index].iov_base);
  for (size_t at = 0; at < item.size; at += item.segment) {
    piece = {.iov_base = bytes + at, .iov_len = std::min<size_t>(item.segment, item.size - at)};
    if (::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return errno;
    ++sent.datagrams;
    sent.bytes += piece.iov_len;
  }
  return 0;
}

}  // namespace zest::net
