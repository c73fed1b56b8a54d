// A table of the file into a T, by the table of its keys.
#pragma once

#include "config/keys.h"

namespace zest::config {

// One key or value at fault, in the words that every table uses.
void tell_unknown(const Entry& entry, const char* table, const std::vector<std::string_view>& known,
                  Problems& problems);

template <typename T>
std::vector<std::string_view> names_of(std::span<const Key<T>> keys) {
  std::vector<std::string_view> names;
  for (const Key<T>& key : keys) names.emplace_back(key.name);
  return names;
}

// False: there is no such key.
template <typename T>
bool fill_one(T& into, const Entry& entry, std::span<const Key<T>> keys, Problems& problems) {
  for (const Key<T>& key : keys) {
    if (entry.name != key.name) continue;
    if (key.read) {
      key.read(into, entry, problems);
    } else if (const auto checked = check(entry, key.shape, problems)) {
      key.set(into, *checked);
    }
    return true;
  }
  return false;
}

template <typename T>
void fill(T& into, const Value& value, const char* table, std::span<const Key<T>> keys,
          Problems& problems) {
  for (const Entry& entry : value.entries)
    if (!fill_one(into, entry, keys, problems))
      tell_unknown(entry, table, names_of(keys), problems);
  for (const Key<T>& key : keys)
    if (key.required && !value.find(key.name))
      problems.add(value.at, "%s has no %s", table, key.name);
}

}  // namespace zest::config
