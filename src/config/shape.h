// What a key's value may be: said once, for the check, for the error and for the document.
#pragma once

#include <optional>
#include <span>

#include "config/problems.h"
#include "proxy/config.h"

namespace zest::config {

struct Shape {
  enum class Kind : uint8_t {
    number,
    power_of_two,
    flag,
    choice,
    text,
    address,
    origins,
    blocks,
    destinations
  };

  Kind kind = Kind::text;
  int64_t min = 0;
  int64_t max = 0;
  std::span<const char* const> choices;  // in the order of the enum's values
  // Of a text: why it won't do, or nullptr.
  const char* (*objection)(std::string_view text) = nullptr;
  const char* described = "";  // of a text

  std::string describe() const;  // "1 to 65535", "`off` or `auto`"
};

// A value that fits its shape.
struct Checked {
  int64_t number = 0;  // also a flag, or a choice's index
  std::string_view text;
  std::vector<sys::Address> addresses;
  std::vector<proxy::Block> blocks;
  std::vector<proxy::Destination> destinations;
};

// What does not fit is added to the problems.
std::optional<Checked> check(const Entry& entry, const Shape& shape, Problems& problems);

}  // namespace zest::config
