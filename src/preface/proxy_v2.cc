#include "preface/proxy_v2.h"

#include <cstring>

namespace zest::preface {
namespace {

using State = ProxyHeader::State;

constexpr size_t fixed_size = 16;
constexpr size_t attribute_head = 3;

// What stands in the two bytes behind the signature.
constexpr uint8_t version_2 = 0x20;
constexpr uint8_t command_local = 0;
constexpr uint8_t command_proxy = 1;
constexpr uint8_t unspecified = 0x00;
constexpr uint8_t tcp_ipv4 = 0x11;
constexpr uint8_t tcp_ipv6 = 0x21;
constexpr uint8_t stream_unix = 0x31;

// Bytes of both addresses and ports.
constexpr size_t ipv4_size = 12;
constexpr size_t ipv6_size = 36;
constexpr size_t unix_size = 216;

ProxyHeader refused(const char* why) { return {.state = State::refused, .why = why}; }

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

size_t two_at(std::string_view bytes, size_t at) {
  return static_cast<size_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

sys::Address ipv4_of(const char* ip, const char* port) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  memcpy(&ipv4.sin_addr, ip, sizeof ipv4.sin_addr);
  memcpy(&ipv4.sin_port, port, sizeof ipv4.sin_port);
  return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv4), sizeof ipv4);
}

sys::Address ipv6_of(const char* ip, const char* port) {
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  memcpy(&ipv6.sin6_addr, ip, sizeof ipv6.sin6_addr);
  memcpy(&ipv6.sin6_port, port, sizeof ipv6.sin6_port);
  return sys::Address::from(reinterpret_cast<const sockaddr*>(&ipv6), sizeof ipv6);
}

// Nobody here asks for what attributes say; only that they fill their place exactly.
const char* check_attributes(std::string_view rest, uint32_t most) {
  for (uint32_t count = 0; !rest.empty(); ++count) {
    if (count == most) return "more attributes than are taken";
    if (rest.size() < attribute_head) return "an attribute that is cut off";
    const size_t size = attribute_head + two_at(rest, 1);
    if (size > rest.size()) return "an attribute that is longer than its header";
    rest.remove_prefix(size);
  }
  return nullptr;
}

// The addresses' size, or nothing for a family that TCP does not have.
bool size_of_family(uint8_t family, size_t& size) {
  switch (family) {
    case unspecified: size = 0; return true;
    case tcp_ipv4: size = ipv4_size; return true;
    case tcp_ipv6: size = ipv6_size; return true;
    case stream_unix: size = unix_size; return true;
    default: return false;
  }
}

void name(ProxyHeader& header, uint8_t family, const char* at) {
  header.named = family == tcp_ipv4 || family == tcp_ipv6;
  if (family == tcp_ipv4) {
    header.source = ipv4_of(at, at + 8);
    header.destination = ipv4_of(at + 4, at + 10);
  } else if (family == tcp_ipv6) {
    header.source = ipv6_of(at, at + 32);
    header.destination = ipv6_of(at + 16, at + 34);
  }
}

ProxyHeader read_whole(std::string_view bytes, const ProxyLimits& limits) {
  const auto command = static_cast<uint8_t>(byte_at(bytes, 12) & 0xf);
  const uint8_t family = byte_at(bytes, 13);
  ProxyHeader header{.state = State::done, .need = bytes.size()};
  // A LOCAL connection is the balancer's own: whatever else stands there is to be skipped.
  if (command == command_local) return header;
  size_t size = 0;
  if (!size_of_family(family, size)) return refused("an address family that is not TCP's");
  const std::string_view rest = bytes.substr(fixed_size);
  if (rest.size() < size) return refused("shorter than its addresses");
  if (family == unspecified) return header;
  if (const char* why = check_attributes(rest.substr(size), limits.attributes)) return refused(why);
  name(header, family, rest.data());
  return header;
}

}  // namespace

ProxyHeader read_v2(std::string_view bytes, const ProxyLimits& limits) {
  if (bytes.size() < fixed_size) return {.need = fixed_size};
  const uint8_t command = byte_at(bytes, 12);
  if ((command & 0xf0) != version_2) return refused("neither version 1 nor version 2");
  if ((command & 0xf) > command_proxy) return refused("a command that is not known");
  const size_t size = fixed_size + two_at(bytes, 14);
  if (size > limits.bytes) return refused("longer than is taken");
  if (bytes.size() < size) return {.need = size};
  return read_whole(bytes.substr(0, size), limits);
}

void write_v2(const sys::Address& source, const sys::Address& destination, ProxyHeaderText& into) {
  char* at = into.bytes.data();
  memset(at, 0, into.bytes.size());
  memcpy(at, v2_signature.data(), v2_signature.size());
  at[12] = static_cast<char>(version_2 | command_proxy);
  size_t size = 0;
  char* ips = at + fixed_size;
  if (source.family() == AF_INET && destination.family() == AF_INET) {
    size = ipv4_size;
    at[13] = static_cast<char>(tcp_ipv4);
    memcpy(ips, &source.ipv4().sin_addr, 4);
    memcpy(ips + 4, &destination.ipv4().sin_addr, 4);
  } else if (source.family() == AF_INET6 && destination.family() == AF_INET6) {
    size = ipv6_size;
    at[13] = static_cast<char>(tcp_ipv6);
    memcpy(ips, &source.ipv6().sin6_addr, 16);
    memcpy(ips + 16, &destination.ipv6().sin6_addr, 16);
  }
  if (size > 0) {
    const uint16_t ports[] = {htons(source.port()), htons(destination.port())};
    memcpy(ips + size - sizeof ports, ports, sizeof ports);
  }
  at[15] = static_cast<char>(size);
  into.size = fixed_size + size;
}

}  // namespace zest::preface
