// The four forms of a request target: RFC 9112, 3.2.
#include "http/first_line.h"

namespace zest::http {
namespace {

const char* read_asterisk(RequestHead& into) {
  into.form = TargetForm::asterisk;
  return into.method_id == Method::options ? nullptr : "* is for OPTIONS alone";
}

const char* read_connect(RequestHead& into) {
  into.form = TargetForm::authority;
  into.authority = into.target;
  return is_authority_with_port(into.text(into.target)) ? nullptr : "CONNECT wants host:port";
}

uint32_t scheme_size(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (same_text(target.substr(0, scheme.size()), scheme)) {
      return static_cast<uint32_t>(scheme.size());
    }
  }
  return 0;
}

const char* read_absolute(RequestHead& into) {
  const std::string_view target = into.text(into.target);
  const uint32_t scheme = scheme_size(target);
  if (!scheme) return "neither a path nor an http or https URI";
  const auto end =
      static_cast<uint32_t>(std::min(target.find_first_of("/?", scheme), target.size()));
  into.form = TargetForm::absolute;
  into.authority = {.offset = into.target.offset + scheme, .size = end - scheme};
  into.path = {.offset = into.target.offset + end, .size = into.target.size - end};
  if (!is_authority(into.text(into.authority))) return "no valid authority in the target";
  const bool whole = into.path.empty() || into.text(into.path).front() == '/';
  return whole ? nullptr : "a query without a path";
}

}  // namespace

const char* read_other_target(RequestHead& into) {
  into.path = {};
  if (into.method_id == Method::connect) return read_connect(into);
  const bool asterisk = into.text(into.target) == "*";
  return asterisk ? read_asterisk(into) : read_absolute(into);
}

Method other_method_of(std::string_view text) {
  using enum Method;
  switch (text.size()) {
    case 3: return text == "PUT" ? put : other;
    case 4: return text == "POST" ? post : text == "HEAD" ? head : other;
    case 5: return text == "PATCH" ? patch : text == "TRACE" ? trace : other;
    case 6: return text == "DELETE" ? delete_ : other;
    case 7: return text == "OPTIONS" ? options : text == "CONNECT" ? connect : other;
    default: return other;
  }
}

}  // namespace zest::http
