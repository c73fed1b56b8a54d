// The PROXY protocol, versions 1 and 2 (haproxy's doc/proxy-protocol.txt): what a balancer in front
// says of a connection before anything of the connection itself.
#pragma once

#include <array>
#include <string_view>

#include "sys/address.h"

namespace zest::preface {

enum class ProxyVersion : uint8_t { none, v1, v2 };

// Of a header on its way in: more than these bytes, or attributes, are refused.
struct ProxyLimits {
  uint32_t bytes = 4096;  // of a whole header; version 1 has at most 107 by its grammar
  uint32_t attributes = 32;
};

struct ProxyHeader {
  enum class State : uint8_t { more, done, refused };

  State state = State::more;
  size_t need = 0;     // more: so many bytes from the first on; done: so many are the header
  bool named = false;  // false: LOCAL, UNKNOWN or the like, and the socket's addresses hold
  sys::Address source;
  sys::Address destination;
  const char* why = "";
};

// All that has arrived from a connection's first byte on; behind the header may stand anything.
ProxyHeader read_proxy_header(std::string_view bytes, const ProxyLimits& limits = {});

struct ProxyHeaderText {
  static constexpr size_t size_max = 108;

  std::array<char, size_max> bytes;
  size_t size = 0;
  std::string_view view() const { return {bytes.data(), size}; }
};

// Addresses that are no pair of TCP's become UNKNOWN in version 1 and LOCAL's like in version 2.
ProxyHeaderText write_proxy_header(ProxyVersion version, const sys::Address& source,
                                   const sys::Address& destination);

}  // namespace zest::preface
