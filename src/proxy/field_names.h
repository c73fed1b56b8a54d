// Names that nobody but us may use in a request, also in the forms that an origin may take for
// them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "http/head.h"

namespace zest::proxy {

// Is it one of these? Many origins make "-" and "_" one, some "." too.
bool names_one(std::span<const std::string> names, std::string_view name);
// Also in trailers, which an origin may make one with the head.
void drop_fields(std::span<const std::string> names, http::Head& head);

// The same for names that are looked for in every request: most fields are told from them by their
// size.
class FieldNames {
 public:
  void add(std::string_view name);
  bool hold(std::string_view name) const {
    return sizes_ >> std::min<size_t>(name.size(), 63) & 1 && names_one(names_, name);
  }
  void drop_from(http::Head& head) const;
  // Those that only an origin takes for one of them: no honest proxy writes such.
  void drop_shadows_from(http::Head& head) const;
  std::span<const std::string> names() const { return names_; }

 private:
  std::vector<std::string> names_;
  uint64_t sizes_ = 0;  // a bit for each; the last for all from 63 on
};

// Fields by which origins are told of clients.
struct Withheld {
  FieldNames certificate;  // of their certificates
  FieldNames all;          // and of their addresses
};

}  // namespace zest::proxy
