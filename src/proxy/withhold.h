#pragma once

#include "http/head.h"

namespace zest::proxy {

// The fields of that name are not to be passed on.
inline void withhold(http::Head& head, http::Name name) {
  if (!head.has(name)) return;
  for (uint32_t i = 0; i < head.field_count; ++i)
    if (head.fields[i].id == name) head.fields[i].skip = true;
}

}  // namespace zest::proxy
