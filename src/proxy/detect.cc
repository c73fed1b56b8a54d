#include "proxy/detect.h"

#include <array>

namespace zest::proxy {
namespace {

// A method is a token; before it, empty lines may stand (RFC 9112, 2.2). What comes after is the
// parser's to judge: it has better words for what is wrong.
Claim is_http1(std::string_view first) {
  const char c = first.front();
  const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return letter || c == '\r' || c == '\n' ? Claim::yes : Claim::no;
}

constexpr std::array protocols = {Protocol{.name = "http/1", .claims = is_http1}};

}  // namespace

Detected detect(std::string_view first) {
  Detected detected;
  for (const Protocol& protocol : protocols) {
    const Claim claim = protocol.claims(first);
    if (claim == Claim::yes) return {.protocol = &protocol};
    if (claim == Claim::more) detected.more = true;
  }
  return detected;
}

}  // namespace zest::proxy
