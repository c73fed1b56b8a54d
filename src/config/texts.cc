#include "config/texts.h"

#include <algorithm>

namespace zest::config {
namespace {

constexpr size_t path_max = 4095;  // PATH_MAX without its zero
constexpr size_t host_max = 255;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool all(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text,
                             [&](char c) { return is_letter_or_digit(c) || others.contains(c); });
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool in_brackets(std::string_view text) {
  return text.starts_with('[') && text.ends_with(']') && text.size() > 2;
}

// RFC 6066, 3: it would never be asked for, nor stand in a certificate.
const char* dot_objection(std::string_view text) {
  return text.ends_with('.') ? "without the dot at its end" : nullptr;
}

}  // namespace

const char* path_objection(std::string_view text) {
  return text.empty() ? "must be \"off\", \"stdout\" or a path" : file_objection(text);
}

const char* file_objection(std::string_view text) {
  if (text.empty()) return "must be a path";
  if (text.size() > path_max) return "longer than a path can be";
  return text.contains('\0') ? "a zero byte inside" : nullptr;
}

const char* prefix_objection(std::string_view text) {
  if (!text.starts_with('/')) return "must begin with a slash";
  if (text.size() > path_max) return "longer than 4095 bytes";
  if (text.contains('?') || text.contains('#')) return "a path has no ? and no #";
  return printable(text) ? nullptr : "must be visible ASCII, the rest as %XX";
}

const char* host_objection(std::string_view text) {
  if (text.size() > host_max) return "longer than 255 bytes";
  return all(text, "-._:[]") ? nullptr : "not a host";
}

const char* pattern_objection(std::string_view text) {
  if (text.empty()) return nullptr;
  if (text.size() > host_max) return "longer than 255 bytes";
  if (const char* why = dot_objection(text)) return why;
  if (in_brackets(text)) return all(text, "[]:.") ? nullptr : "not an IPv6 address in brackets";
  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  if (name.contains(':')) return "without a port: a route's host is a name";
  if (name.contains('*')) return "a star stands only at the beginning, as in *.example.org";
  return !name.empty() && all(name, "-._") ? nullptr : "not a host";
}

const char* server_name_objection(std::string_view text) {
  if (text.empty() || text.size() > host_max) return "must have 1 to 255 letters";
  if (std::ranges::count(text, ':') == 1) return "without a port";
  if (text.starts_with('.')) return "without a dot before it";  // to OpenSSL whatever is below it
  if (const char* why = dot_objection(text)) return why;
  return all(text, "-._:") ? nullptr : "not a host";
}

const char* cipher_objection(std::string_view text) {
  return text.empty() ? "is empty" : printable(text) ? nullptr : "not a list of ciphers";
}

const char* via_objection(std::string_view text) {
  if (text.size() > host_max) return "longer than 255 bytes";
  return all(text, "-._:") ? nullptr : "letters, digits, - . _ and : alone";
}

// Not one of those that HTTP gives a meaning.
const char* field_objection(std::string_view text) {
  if (text.size() > 64) return "longer than 64 bytes";
  if (!all(text, "-")) return "letters, digits and - alone";
  const bool own = text.empty() || lower_case(text).starts_with("x-");
  return own ? nullptr : "must begin with X-";
}

const char* name_objection(std::string_view text) {
  if (text.empty() || text.size() > 64) return "must have 1 to 64 letters";
  return all(text, "-._") ? nullptr : "letters, digits, - . and _ alone";
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace zest::config
