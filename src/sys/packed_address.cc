#include "sys/packed_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace zest::sys {
namespace {

// inet_ntop() takes ten times as long.
std::string_view ipv4_text(const in_addr& address, char (&text)[INET_ADDRSTRLEN]) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&address);
  char* end = text;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) *end++ = '.';
    end = std::to_chars(end, std::end(text), bytes[i]).ptr;
  }
  return {text, static_cast<size_t>(end - text)};
}

}  // namespace

PackedAddress::PackedAddress(const Address& address)
    : family_(static_cast<uint16_t>(address.family())) {
  if (family_ == AF_INET) {
    memcpy(ip_, &address.ipv4().sin_addr, 4);
    port_ = address.ipv4().sin_port;
  } else if (family_ == AF_INET6) {
    memcpy(ip_, &address.ipv6().sin6_addr, 16);
    port_ = address.ipv6().sin6_port;
    scope_ = address.ipv6().sin6_scope_id;
  }
}

Address PackedAddress::unpack() const {
  if (family_ == AF_INET) {
    sockaddr_in ipv4{.sin_family = AF_INET, .sin_port = port_, .sin_addr = {}, .sin_zero = {}};
    memcpy(&ipv4.sin_addr, ip_, 4);
    return Address::from(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
  }
  if (family_ == AF_INET6) {
    sockaddr_in6 ipv6{.sin6_family = AF_INET6,
                      .sin6_port = port_,
                      .sin6_flowinfo = 0,
                      .sin6_addr = {},
                      .sin6_scope_id = scope_};
    memcpy(&ipv6.sin6_addr, ip_, 16);
    return Address::from(reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
  }
  const sockaddr other{.sa_family = family_, .sa_data = {}};
  return Address::from(&other, sizeof other.sa_family);
}

Text<48> ip_text(const Address& address) {
  Text<48> result;
  if (address.family() == AF_INET) {
    char text[INET_ADDRSTRLEN];
    result.append(ipv4_text(address.ipv4().sin_addr, text));
  } else if (address.family() == AF_INET6) {
    char text[INET6_ADDRSTRLEN];
    result.append("%s", ::inet_ntop(AF_INET6, &address.ipv6().sin6_addr, text, sizeof text));
  }
  return result;
}

}  // namespace zest::sys
