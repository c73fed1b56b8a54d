// Sees when receives wait for buffers and none come back: somebody who holds some has to give way.
#pragma once

#include "io/loop.h"

namespace zest::io {

class Starvation {
 public:
  struct Seen {
    bool stuck = false;           // time for one to give way; others may be able to go on then
    int64_t again_ns = never_ns;  // look again by then
  };
  // After each turn of the loop.
  Seen look(Loop& loop);

 private:
  bool watching_ = false;
  int64_t due_ns_ = 0;
  uint64_t returned_before_ = 0;
};

}  // namespace zest::io
