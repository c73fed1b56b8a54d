// What a kernel must do right before tunnels are trusted to it.
#pragma once

#include "base/result.h"

namespace zest::tunnel {

class Sockmap;

// Some 10 ms, on loopback sockets of its own: bytes that were there before, order across switches
// to and fro, a reader that stalls, an end of one side while the other goes on.
Result<void> self_test(Sockmap& sockmap);

}  // namespace zest::tunnel
