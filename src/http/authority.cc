// host[:port] of RFC 3986, 3.2, a little stricter: no user, no comma, no empty port, no IPvFuture.
#include <arpa/inet.h>

#include <cstring>

#include "http/chars.h"
#include "http/first_line.h"

namespace zest::http {
namespace {

constexpr size_t port_digits_max = 5;

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > port_digits_max || !all_in(text, digit_char)) return false;
  uint32_t port = 0;
  for (const char c : text) port = port * 10 + static_cast<uint32_t>(c - '0');
  return port <= 65535;
}

bool is_ipv6(std::string_view text) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (text.size() >= sizeof copy || !all_in(text.substr(0, 1), hex_char | colon_char)) return false;
  memcpy(copy, text.data(), text.size());
  in6_addr address;
  return memchr(copy, 0, text.size()) == nullptr && inet_pton(AF_INET6, copy, &address) == 1;
}

bool are_escapes_whole(std::string_view text) {
  for (size_t i = text.find('%'); i != text.npos; i = text.find('%', i + 3)) {
    if (i + 2 >= text.size() || !all_in(text.substr(i + 1, 2), hex_char)) return false;
  }
  return true;
}

// What follows the host: nothing, or a port.
bool is_port_part(std::string_view text) {
  return text.empty() || (text.front() == ':' && is_port(text.substr(1)));
}

size_t name_size(std::string_view text) {
  size_t size = 0;
  while (size < text.size() && (is_in(text[size], plain_host_char) || text[size] == '%')) ++size;
  return size;
}

}  // namespace

bool is_other_authority(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    return close != text.npos && is_ipv6(text.substr(1, close - 1)) &&
           is_port_part(text.substr(close + 1));
  }
  const size_t size = name_size(text);
  return size > 0 && is_port_part(text.substr(size)) && are_escapes_whole(text.substr(0, size));
}

bool is_authority_with_port(std::string_view text) {
  return is_authority(text) && !text.ends_with(']') &&
         text.find(':', text.find(']') + 1) != text.npos;
}

}  // namespace zest::http
