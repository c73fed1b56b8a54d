#include "proxy/upgrade.h"

#include "http/connection.h"
#include "http/list.h"

namespace zest::proxy {
namespace {

using http::Name;

// "name" or "name/version" (RFC 9110, 7.8).
bool is_protocol(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == text.npos) return http::is_token(text);
  return http::is_token(text.substr(0, slash)) && http::is_token(text.substr(slash + 1));
}

bool may_pass(std::string_view protocol) {
  const std::string_view name = protocol.substr(0, protocol.find('/'));
  for (const std::string_view never : {"h2c", "h2", "http", "tls"})
    if (http::same_text(name, never)) return false;
  return is_protocol(protocol);
}

// One field, and the option that makes it mean something.
std::string_view announced(const http::Head& head) {
  if (!head.has(Name::upgrade) || head.has_several(Name::upgrade)) return {};
  return http::connection_options(head).upgrade ? head.value(Name::upgrade) : std::string_view();
}

}  // namespace

std::string_view upgrade_asked(const http::RequestHead& request, const http::Framing& framing) {
  const bool bodiless = framing.kind == http::BodyKind::none;
  if (request.minor == 0 || !bodiless || request.method_id == http::Method::connect) return {};
  const std::string_view asked = announced(request);
  if (asked.empty()) return {};
  http::List list(asked);
  for (std::string_view protocol; list.next(protocol);)
    if (!may_pass(protocol)) return {};
  return asked;
}

bool upgrade_agreed(const http::ResponseHead& answer, std::string_view asked) {
  const std::string_view agreed = announced(answer);
  if (agreed.empty()) return false;
  http::List list(asked);
  for (std::string_view protocol; list.next(protocol);)
    if (http::same_text(protocol, agreed)) return true;
  return false;
}

}  // namespace zest::proxy
