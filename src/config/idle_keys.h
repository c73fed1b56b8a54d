// What a file says in vain: keys that other keys leave without an effect.
#pragma once

#include "config/settings.h"
#include "config/value.h"

namespace zest::config {

// Of a file that is good; a warning for each.
void warn_of_idle_keys(const Value& document, Settings& settings);

}  // namespace zest::config
