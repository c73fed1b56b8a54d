// A TOML file as a tree of plain values that know where they stand. toml++ stays in toml.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zest::config {

struct Position {  // both from 1
  uint32_t line = 1;
  uint32_t column = 1;
};

struct Entry;

struct Value {
  enum class Kind : uint8_t { text, integer, floating, boolean, date, array, table };

  Kind kind = Kind::table;
  Position at;
  std::string text;
  int64_t integer = 0;  // also of a boolean
  std::vector<Value> items;
  std::vector<Entry> entries;

  const Entry* find(std::string_view name) const;
};

struct Entry {
  std::string name;
  Position at;  // of the name
  Value value;
};

inline const Entry* Value::find(std::string_view name) const {
  for (const Entry& entry : entries)
    if (entry.name == name) return &entry;
  return nullptr;
}

const char* kind_name(Value::Kind kind);  // "a whole number"

}  // namespace zest::config
