#include "config/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

#include "config/problems.h"

namespace zest::config {
namespace {

constexpr uint8_t ipv4_prefix = 96;  // of ::ffff:0:0/96, as which a Block holds IPv4

// "localhost:3000", "app.internal:80": somebody wants it resolved.
bool is_name(std::string_view host) {
  if (host.starts_with('[') || host.contains(':')) return false;
  for (const char c : host)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return false;
}

std::unexpected<Error> bad(std::string_view text, const char* why) {
  return fail(Status::bad_address, "%s: %s", quoted(text).c_str(), why);
}

bool has_bits_beyond(const proxy::Block& block) {
  for (unsigned bit = block.bits; bit < 128; ++bit)
    if (block.ip[bit / 8] & (0x80 >> bit % 8)) return true;
  return false;
}

// False: not an address.
bool parse_ip(const char* text, proxy::Block& block) {
  in_addr ipv4;
  if (inet_pton(AF_INET, text, &ipv4) == 1) {
    block.ip[10] = block.ip[11] = 0xff;
    memcpy(block.ip + 12, &ipv4, sizeof ipv4);
    return true;
  }
  return inet_pton(AF_INET6, text, block.ip) == 1;
}

bool is_ipv4(const proxy::Block& block) {
  constexpr uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return block.bits >= ipv4_prefix && memcmp(block.ip, prefix, sizeof prefix) == 0;
}

bool covers(const sys::Address& wildcard, const sys::Address& other) {
  if (!wildcard.is_wildcard()) return false;
  const bool ipv6 = wildcard.family() == AF_INET6 && !wildcard.is_mapped();
  return ipv6 || other.family() == AF_INET || other.is_mapped();
}

}  // namespace

Result<sys::Address> parse_address(std::string_view text) {
  Result<sys::Address> address = sys::Address::parse(text);
  if (address) return address;
  if (text.starts_with("unix:")) return address;
  const size_t colon = text.rfind(':');
  if (is_name(text.substr(0, colon))) return bad(text, "an IP address; names come later");
  if (colon == text.npos) return bad(text, "needs a port, as in 127.0.0.1:80 or [::1]:80");
  return bad(text, "not an address; 127.0.0.1:80, [::1]:80, :80 and unix:/path are");
}

Result<sys::Address> parse_origin(std::string_view text) {
  Result<sys::Address> address = parse_address(text);
  if (!address || !address->is_ip()) return address;
  if (address->port() == 0) return bad(text, "an origin needs a port from 1 to 65535");
  if (address->is_wildcard()) return bad(text, "an origin needs an address to connect to");
  return address;
}

Result<proxy::Block> parse_block(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string ip(text.substr(0, slash));
  proxy::Block block;
  if (ip.contains('\0') || !parse_ip(ip.c_str(), block))
    return bad(text, "not an address block; 10.0.0.0/8, fd00::/8 and 192.0.2.1 are");
  const unsigned offset = is_ipv4(block) && !ip.contains(':') ? ipv4_prefix : 0;
  if (slash != text.npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || stop != digits.data() + digits.size() || bits > 128 - offset)
      return bad(text, offset ? "needs a number from 0 to 32 after the slash"
                              : "needs a number from 0 to 128 after the slash");
    block.bits = static_cast<uint8_t>(bits + offset);
  }
  if (has_bits_beyond(block)) return bad(text, "has bits set beyond its prefix");
  return block;
}

Result<proxy::Destination> parse_destination(std::string_view text) {
  constexpr const char* shown = "10.0.0.0/8:443, 192.0.2.1:* and [fd00::/8]:443 are destinations";
  const size_t colon = text.rfind(':');
  std::string_view where = text.substr(0, colon);
  if (colon == text.npos || where.empty() || text.ends_with(']')) return bad(text, shown);
  const bool bracketed = where.starts_with('[') && where.ends_with(']');
  if (bracketed) where = where.substr(1, where.size() - 2);
  if (bracketed != where.contains(':')) return bad(text, shown);
  if (is_name(where)) return bad(text, "an IP address or a block of them; names come later");
  const auto block = parse_block(where);
  if (!block) return fail(block.error());
  proxy::Destination destination{.block = *block, .port = 0};
  const std::string_view port = text.substr(colon + 1);
  if (port == "*") return destination;
  const char* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, destination.port);
  if (error != std::errc() || stop != end || destination.port == 0)
    return bad(text, "needs a port from 1 to 65535 behind the last colon, or a star");
  return destination;
}

bool clash(const sys::Address& one, const sys::Address& other) {
  if (!one.is_ip() || !other.is_ip()) return one.size() > 0 && one == other;
  if (one.port() == 0 || one.port() != other.port()) return false;
  return one == other || covers(one, other) || covers(other, one);
}

std::string format_block(const proxy::Block& block) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool ipv4 = is_ipv4(block);
  inet_ntop(ipv4 ? AF_INET : AF_INET6, block.ip + (ipv4 ? 12 : 0), text, sizeof text);
  return std::string(text) + '/' + std::to_string(block.bits - (ipv4 ? ipv4_prefix : 0));
}

}  // namespace zest::config
