// Open files that are kept back while listeners come up: where the limit is too small for all of
// them, those that did come up still have some for their connections.
#pragma once

#include <vector>

#include "base/fd.h"

namespace zest::acceptor {

class FdReserve {
 public:
  static constexpr size_t most = 16;

  // Of what there is, at most half: few are better than a listener that can't be opened.
  static FdReserve take();

  size_t size() const { return kept_.size(); }

 private:
  std::vector<Fd> kept_;
};

}  // namespace zest::acceptor
