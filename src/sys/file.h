// Files that an operator names.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace zest::sys {

// For reading. What is no regular file is refused: a FIFO that nobody writes to would keep us for
// ever.
Result<Fd> open_regular(const char* path);

}  // namespace zest::sys
