#include "preface/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "preface/proxy_v2.h"

namespace zest::preface {
namespace {

using State = ProxyHeader::State;

constexpr std::string_view v1_signature = "PROXY";
constexpr size_t v1_size_max = 107;  // with its line end

ProxyHeader refused(const char* why) { return {.state = State::refused, .why = why}; }

// Begins as it must, as far as it goes.
bool may_be(std::string_view bytes, std::string_view signature) {
  const size_t size = std::min(bytes.size(), signature.size());
  return bytes.substr(0, size) == signature.substr(0, size);
}

// The next word: one space stands between two, and none behind the last.
bool next_word(std::string_view& line, std::string_view& word) {
  if (line.empty()) return false;
  const size_t space = line.find(' ');
  word = line.substr(0, space);
  line.remove_prefix(space == line.npos ? line.size() : space + 1);
  return !word.empty();
}

bool read_port(std::string_view word, uint16_t& port) {
  const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), port);
  const bool zeros = word.size() > 1 && word.front() == '0';
  return error == std::errc() && stop == word.data() + word.size() && !zeros;
}

bool read_address(std::string_view word, int family, sys::Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (word.size() >= sizeof text || word.contains('\0')) return false;
  word.copy(text, word.size());
  if (family == AF_INET) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    if (inet_pton(AF_INET, text, &ipv4.sin_addr) != 1) return false;
    address = sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
    return true;
  }
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text, &ipv6.sin6_addr) != 1) return false;
  address = sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
  return true;
}

// "192.0.2.1 192.0.2.2 4711 80"
const char* read_pair(std::string_view line, int family, ProxyHeader& header) {
  std::string_view words[4];
  for (std::string_view& word : words)
    if (!next_word(line, word)) return "fewer words than a pair of addresses has";
  if (!line.empty()) return "more words than a pair of addresses has";
  uint16_t ports[2];
  if (!read_address(words[0], family, header.source) ||
      !read_address(words[1], family, header.destination))
    return "not an address";
  if (!read_port(words[2], ports[0]) || !read_port(words[3], ports[1])) return "not a port";
  header.source.set_port(ports[0]);
  header.destination.set_port(ports[1]);
  header.named = true;
  return nullptr;
}

// What stands behind "PROXY ".
const char* read_line(std::string_view line, ProxyHeader& header) {
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return nullptr;
  if (line.ends_with(' ')) return "a space at its end";
  if (line.starts_with("TCP4 ")) return read_pair(line.substr(5), AF_INET, header);
  if (line.starts_with("TCP6 ")) return read_pair(line.substr(5), AF_INET6, header);
  return "neither TCP4 nor TCP6 nor UNKNOWN";
}

ProxyHeader read_v1(std::string_view bytes) {
  const std::string_view within = bytes.substr(0, v1_size_max);
  const size_t end = within.find('\n');
  if (end == within.npos) {
    if (within.size() == v1_size_max) return refused("longer than 107 bytes");
    return {.need = bytes.size() + 1};
  }
  if (end == 0 || within[end - 1] != '\r') return refused("a line that ends without a return");
  const std::string_view line = within.substr(0, end - 1);
  if (!line.starts_with("PROXY ")) return refused("no PROXY header");
  ProxyHeader header{.state = State::done, .need = end + 1};
  if (const char* why = read_line(line.substr(6), header)) return refused(why);
  return header;
}

// ::ffff:a.b.c.d is how a socket of both families shows an IPv4 client.
sys::Address unmapped(const sys::Address& address) {
  if (address.family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address.ipv6().sin6_addr))
    return address;
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = address.ipv6().sin6_port;
  memcpy(&ipv4.sin_addr, address.ipv6().sin6_addr.s6_addr + 12, sizeof ipv4.sin_addr);
  return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
}

sys::Address mapped(const sys::Address& address) {
  if (address.family() != AF_INET) return address;
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = address.ipv4().sin_port;
  ipv6.sin6_addr.s6_addr[10] = ipv6.sin6_addr.s6_addr[11] = 0xff;
  memcpy(ipv6.sin6_addr.s6_addr + 12, &address.ipv4().sin_addr, 4);
  return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
}

void ip_text_of(const sys::Address& address, char (&text)[INET6_ADDRSTRLEN]) {
  const void* ip = address.family() == AF_INET
                       ? static_cast<const void*>(&address.ipv4().sin_addr)
                       : static_cast<const void*>(&address.ipv6().sin6_addr);
  inet_ntop(address.family(), ip, text, sizeof text);
}

void write_v1(const sys::Address& source, const sys::Address& destination, ProxyHeaderText& into) {
  int size = 0;
  if (source.is_ip() && source.family() == destination.family()) {
    char from[INET6_ADDRSTRLEN] = "";
    char to[INET6_ADDRSTRLEN] = "";
    ip_text_of(source, from);
    ip_text_of(destination, to);
    size = snprintf(into.bytes.data(), into.bytes.size(), "PROXY TCP%c %s %s %u %u\r\n",
                    source.family() == AF_INET ? '4' : '6', from, to, source.port(),
                    destination.port());
  } else {
    size = snprintf(into.bytes.data(), into.bytes.size(), "PROXY UNKNOWN\r\n");
  }
  into.size = static_cast<size_t>(size);
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes, const ProxyLimits& limits) {
  if (bytes.empty()) return {.need = 1};
  if (may_be(bytes, v2_signature)) {
    if (bytes.size() < v2_signature.size()) return {.need = v2_signature.size()};
    return read_v2(bytes, limits);
  }
  if (may_be(bytes, v1_signature)) return read_v1(bytes);
  return refused("no PROXY header");
}

ProxyHeaderText write_proxy_header(ProxyVersion version, const sys::Address& source,
                                   const sys::Address& destination) {
  ProxyHeaderText text;
  sys::Address from = unmapped(source);
  sys::Address to = unmapped(destination);
  // A header names two of one family: an IPv4 client of an IPv6 server (another proxy may say so)
  // stays a client that has a name.
  if (from.is_ip() && to.is_ip() && from.family() != to.family()) {
    from = mapped(from);
    to = mapped(to);
  }
  if (version == ProxyVersion::v1) write_v1(from, to, text);
  if (version == ProxyVersion::v2) write_v2(from, to, text);
  return text;
}

}  // namespace zest::preface
