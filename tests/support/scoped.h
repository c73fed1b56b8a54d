// A scope that ends its tasks when its test does, however that ends.
#pragma once

#include "io/scope.h"
#include "support/backends.h"

namespace zest::test {

struct Scoped {
  explicit Scoped(io::Loop& loop) : scope(loop) {}
  ~Scoped() {
    scope.cancel();
    turn_to_end(scope.loop(), [&] { return scope.running() == 0; });
  }
  bool finishes() {
    return turn_until(scope.loop(), [&] { return scope.running() == 0; });
  }

  io::Scope scope;
};

}  // namespace zest::test
