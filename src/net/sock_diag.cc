#include "net/sock_diag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/fd.h"
#include "sys/fault.h"

namespace zest::net {
namespace {

// From net/tcp_states.h, which is not for user space.
constexpr uint32_t syn_recv = 3;
constexpr uint32_t listen_state = 10;

struct Query {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

// Port 0: every one.
Query query_for(uint16_t port, uint8_t family, uint32_t state) {
  Query query{};
  query.header.nlmsg_len = sizeof query;
  query.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  query.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  query.request.sdiag_family = family;
  query.request.sdiag_protocol = IPPROTO_TCP;
  query.request.idiag_states = 1u << state;
  query.request.id.idiag_sport = htons(port);
  return query;
}

// Handshakes are of the port, whatever address the client asked for; a group of listening sockets
// is of exactly one address.
bool counts(const inet_diag_msg& message, const sys::Address& address) {
  if (ntohs(message.id.idiag_sport) != address.port()) return false;
  if (message.idiag_state != listen_state) return true;
  const bool v6 = address.family() == AF_INET6;
  const void* ip = v6 ? static_cast<const void*>(&address.ipv6().sin6_addr)
                      : static_cast<const void*>(&address.ipv4().sin_addr);
  return message.idiag_family == address.family() &&
         memcmp(message.id.idiag_src, ip, v6 ? 16 : 4) == 0;
}

// One datagram of the answer: its sockets; true when it was the last.
template <typename Visit>
Result<bool> visit_datagram(std::span<const char> datagram, const Visit& visit) {
  auto left = static_cast<uint32_t>(datagram.size());
  const auto* header = reinterpret_cast<const nlmsghdr*>(datagram.data());
  for (; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) return fail_errno(EPROTO, "inet_diag");
    visit(*static_cast<const inet_diag_msg*>(NLMSG_DATA(header)));
  }
  return false;
}

template <typename Visit>
Result<void> visit_answer(int netlink, const Query& query, const Visit& visit) {
  if (::send(netlink, &query, sizeof query, 0) < 0) return fail_errno(errno, "inet_diag");
  alignas(nlmsghdr) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::recv(netlink, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail_errno(got < 0 ? errno : EPROTO, "inet_diag");
    const auto last = visit_datagram({buffer.data(), static_cast<size_t>(got)}, visit);
    if (!last) return fail(last.error());
    if (*last) return {};
  }
}

Result<uint32_t> count(int netlink, const sys::Address& address, uint8_t family, uint32_t state) {
  uint32_t found = 0;
  const auto answered =
      visit_answer(netlink, query_for(address.port(), family, state),
                   [&](const inet_diag_msg& message) { found += counts(message, address); });
  if (!answered) return fail(answered.error());
  return found;
}

Result<Fd> open_netlink() {
  if (int error = sys::fault::at("netlink", EMFILE)) return fail_errno(error, "inet_diag");
  Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink.valid()) return fail_errno(errno, "inet_diag");
  // A dump is answered within the call; the deadline is for a kernel that does not.
  const timeval deadline{.tv_sec = 1, .tv_usec = 0};
  ::setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  return netlink;
}

}  // namespace

Result<uint32_t> listening_sockets(const sys::Address& address) {
  const auto netlink = open_netlink();
  if (!netlink) return fail(netlink.error());
  return count(netlink->get(), address, static_cast<uint8_t>(address.family()), listen_state);
}

Result<uint32_t> half_open(const sys::Address& listening) {
  const auto netlink = open_netlink();
  if (!netlink) return fail(netlink.error());
  auto v4 = count(netlink->get(), listening, AF_INET, syn_recv);
  // A dual-stack socket has handshakes of both families.
  if (!v4 || listening.family() != AF_INET6) return v4;
  const auto v6 = count(netlink->get(), listening, AF_INET6, syn_recv);
  if (!v6) return v6;
  return *v4 + *v6;
}

void PortSet::add(uint16_t port) {
  if (has(port)) return;
  if (count_ == ports_.size()) {
    whole_ = false;
  } else {
    ports_[count_++] = port;
  }
}

bool PortSet::has(uint16_t port) const {
  const auto held = std::span(ports_).first(count_);
  return std::ranges::find(held, port) != held.end();
}

Result<PortSet> half_open_ports(int family) {
  const auto netlink = open_netlink();
  if (!netlink) return fail(netlink.error());
  PortSet ports;
  const auto answered =
      visit_answer(netlink->get(), query_for(0, static_cast<uint8_t>(family), syn_recv),
                   [&](const inet_diag_msg& message) { ports.add(ntohs(message.id.idiag_sport)); });
  if (!answered) return fail(answered.error());
  return ports;
}

}  // namespace zest::net
