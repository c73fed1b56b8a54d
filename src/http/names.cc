#include "http/names.h"

#include "http/chars.h"
#include "http/name_table.h"

namespace zest::http {
namespace {

constexpr size_t name_size_max = 32;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

Name name_of(std::string_view text) {
  if (text.empty() || text.size() > name_size_max || !is_token(text)) return Name::other;
  char padded[16 + name_size_max] = {};
  memcpy(padded + 16, text.data(), text.size());
  return name_before(padded + 16 + text.size(), text.size()).id;
}

std::string_view text_of(Name name) { return name_texts[static_cast<size_t>(name)]; }

bool same_text(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  for (size_t i = 0; i < one.size(); ++i) {
    if (lower(one[i]) != lower(other[i])) return false;
  }
  return true;
}

}  // namespace zest::http
