#include "sys/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstddef>
#include <cstring>

#include "base/printable.h"

namespace zest::sys {
namespace {

constexpr socklen_t unix_header = offsetof(sockaddr_un, sun_path);

std::unexpected<Error> bad(std::string_view text, const char* why) {
  return fail(Status::bad_address, "address \"%.*s\": %s",
              static_cast<int>(std::min<size_t>(text.size(), 120)), text.data(), why);
}

Result<uint16_t> parse_port(std::string_view text, std::string_view digits) {
  uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (digits.empty() || error != std::errc() || stop != end)
    return bad(text, "the port must be a number from 0 to 65535 after the last colon");
  return port;
}

// inet_pton wants a terminated string, and must not stop before its end.
template <size_t n>
bool terminate(std::string_view text, char (&into)[n]) {
  if (text.size() >= n || text.find('\0') != text.npos) return false;
  memcpy(into, text.data(), text.size());
  into[text.size()] = 0;
  return true;
}

// A name, or the number that format() writes; 0: there is none.
uint32_t interface_index(std::string_view text) {
  uint32_t index = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  if (error == std::errc() && stop == end) return index;
  char name[IF_NAMESIZE];
  return terminate(text, name) ? if_nametoindex(name) : 0;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  if (text.starts_with("unix:")) return parse_unix(text.substr(5));
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return bad(text, "needs a port, as in 127.0.0.1:80 or [::1]:80");
  const Result<uint16_t> port = parse_port(text, text.substr(colon + 1));
  if (!port) return fail(port.error());
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) return parse_ipv6(text, "::", *port);
  if (host.starts_with('[') && host.ends_with(']'))
    return parse_ipv6(text, host.substr(1, host.size() - 2), *port);
  return parse_ipv4(text, host, *port);
}

Result<Address> Address::parse_unix(std::string_view name) {
  Address address;
  sockaddr_un& local = address.storage_.local;
  if (name.empty() || name == "@") return bad(name, "a Unix socket needs a path or @name");
  if (name.size() >= sizeof(local.sun_path)) return bad(name, "longer than the 107 bytes allowed");
  if (name.find('\0') != name.npos) return bad(name, "a zero byte inside");
  local.sun_family = AF_UNIX;
  memcpy(local.sun_path, name.data(), name.size());
  const bool abstract = name.front() == '@';
  if (abstract) local.sun_path[0] = 0;
  // A path counts its terminator, an abstract name has none.
  address.size_ = static_cast<socklen_t>(unix_header + name.size() + (abstract ? 0 : 1));
  return address;
}

Result<Address> Address::parse_ipv4(std::string_view text, std::string_view host, uint16_t port) {
  Address address;
  char terminated[INET_ADDRSTRLEN];
  sockaddr_in& ipv4 = address.storage_.ipv4;
  if (!terminate(host, terminated) || inet_pton(AF_INET, terminated, &ipv4.sin_addr) != 1)
    return bad(text, "not an IPv4 address (names are not resolved; IPv6 needs brackets)");
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  address.size_ = sizeof(ipv4);
  return address;
}

Result<Address> Address::parse_ipv6(std::string_view text, std::string_view host, uint16_t port) {
  Address address;
  sockaddr_in6& ipv6 = address.storage_.ipv6;
  const size_t percent = host.find('%');
  if (percent != host.npos) {
    ipv6.sin6_scope_id = interface_index(host.substr(percent + 1));
    if (ipv6.sin6_scope_id == 0) return bad(text, "no such interface");
    host = host.substr(0, percent);
  }
  char terminated[INET6_ADDRSTRLEN];
  if (!terminate(host, terminated) || inet_pton(AF_INET6, terminated, &ipv6.sin6_addr) != 1)
    return bad(text, "not an IPv6 address");
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  address.size_ = sizeof(ipv6);
  return address;
}

Address Address::from(const sockaddr* from, socklen_t size) {
  Address address;
  if (!from) return address;
  address.set_size(size);
  memcpy(&address.storage_, from, address.size_);
  return address;
}

bool Address::is_wildcard() const {
  if (family() == AF_INET) return ipv4().sin_addr.s_addr == htonl(INADDR_ANY);
  if (is_mapped()) return ipv6().sin6_addr.s6_addr32[3] == htonl(INADDR_ANY);
  return family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&ipv6().sin6_addr);
}

bool Address::is_mapped() const {
  return family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&ipv6().sin6_addr);
}

uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(ipv4().sin_port);
  return family() == AF_INET6 ? ntohs(ipv6().sin6_port) : 0;
}

void Address::set_port(uint16_t port) {
  if (family() == AF_INET) storage_.ipv4.sin_port = htons(port);
  if (family() == AF_INET6) storage_.ipv6.sin6_port = htons(port);
}

std::string_view Address::unix_name() const {
  if (family() != AF_UNIX || size_ <= unix_header) return {};
  const std::string_view name(storage_.local.sun_path, size_ - unix_header);
  return name.front() == 0 ? name : name.substr(0, name.find('\0'));
}

Text<80> Address::format_ip() const {
  Text<80> text;
  char digits[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) inet_ntop(AF_INET, &ipv4().sin_addr, digits, sizeof digits);
  if (family() == AF_INET6) inet_ntop(AF_INET6, &ipv6().sin6_addr, digits, sizeof digits);
  text.append("%s", digits);
  if (family() == AF_INET6 && ipv6().sin6_scope_id != 0) text.append("%%%u", ipv6().sin6_scope_id);
  return text;
}

Text<160> Address::format() const {
  Text<160> text;
  if (family() == AF_INET) {
    text.append("%s:%u", format_ip().c_str(), port());
  } else if (family() == AF_INET6) {
    text.append("[%s]:%u", format_ip().c_str(), port());
  } else if (family() == AF_UNIX) {
    std::string_view name = unix_name();
    const bool abstract = !name.empty() && name.front() == 0;
    if (abstract) name.remove_prefix(1);
    text.append("unix:%s", abstract ? "@" : "");
    append_printable(text, name.substr(0, name.find('\0')));
  } else {
    text.append("unknown");
  }
  return text;
}

}  // namespace zest::sys
