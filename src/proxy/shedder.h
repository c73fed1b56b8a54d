// When receive buffers have run out, held by exchanges that get nowhere, the newest of these goes:
// one at a time, until others can receive again.
#pragma once

#include "io/starvation.h"

namespace zest::proxy {

class Worker;

class Shedder {
 public:
  explicit Shedder(Worker& worker) : worker_(worker) {}

  // After each turn of the loop. Returns when it wants to look again at the latest.
  int64_t look();

 private:
  void shed_newest();

  Worker& worker_;
  io::Starvation starvation_;
};

}  // namespace zest::proxy
