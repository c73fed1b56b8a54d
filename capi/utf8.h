// Text for a caller is UTF-8, as zest/base.h promises. An address or a path in it may be anything,
// and may have been cut in the middle of a character.
#pragma once

#include <cstddef>

namespace zest::capi {

// Bytes that are not UTF-8 become '?'.
void make_utf8(char* text, size_t size);

}  // namespace zest::capi
