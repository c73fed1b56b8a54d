#include "proxy/field_names.h"

#include "http/names.h"

namespace zest::proxy {
namespace {

char folded(char c) {
  if (c == '_' || c == '.') return '-';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() &&
         std::ranges::equal(one, other, [](char a, char b) { return folded(a) == folded(b); });
}

}  // namespace

bool names_one(std::span<const std::string> names, std::string_view name) {
  return std::ranges::any_of(names, [&](const std::string& one) { return same(one, name); });
}

void drop_fields(std::span<const std::string> names, http::Head& head) {
  for (uint32_t i = 0; i < head.field_count; ++i) {
    http::Field& field = head.fields[i];
    if (names_one(names, head.text(field.name))) field.skip = true;
  }
}

void FieldNames::add(std::string_view name) {
  if (name.empty() || hold(name)) return;
  names_.emplace_back(name);
  sizes_ |= uint64_t{1} << std::min<size_t>(name.size(), 63);
}

void FieldNames::drop_from(http::Head& head) const {
  for (uint32_t i = 0; i < head.field_count; ++i) {
    http::Field& field = head.fields[i];
    if (hold(head.text(field.name))) field.skip = true;
  }
}

void FieldNames::drop_shadows_from(http::Head& head) const {
  for (uint32_t i = 0; i < head.field_count; ++i) {
    const std::string_view name = head.text(head.fields[i].name);
    const auto spelled = [&](const std::string& one) { return http::same_text(one, name); };
    if (hold(name) && std::ranges::none_of(names_, spelled)) head.fields[i].skip = true;
  }
}

}  // namespace zest::proxy
