// What a Service is made from, and what it is asked to carry: plain values with their defaults.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/fd.h"
#include "io/loop.h"
#include "tunnel/tunnel.h"

namespace zest::tunnel {

struct ServiceConfig {
  uint32_t threads = 0;       // 0: one per CPU that the process may use
  uint32_t tunnels = 16'384;  // at once, with those whose end nobody has taken yet
  uint32_t buffers = 256;     // of each thread, to receive into; a power of two
  uint32_t buffer_size = 32'768;
  io::BackendKind backend = io::BackendKind::automatic;
  bool sockmap = false;  // load the kernel's socket map, for those who ask for it
  sys::Notifier::Kind notifier = sys::Notifier::Kind::eventfd;
};

// Bytes that the host has read of a connection and that go first.
struct Preread {
  static constexpr size_t size_max = 65'536;

  std::unique_ptr<std::byte[]> bytes;
  size_t size = 0;
  size_t given = 0;  // of these, to the stream
};

struct Request {
  std::array<Fd, 2> sides;
  std::array<Preread, 2> preread;
  Limits limits;
  EngineChoice choice = EngineChoice::automatic;
  uint64_t context = 0;  // the host's own
  bool silent = false;   // nobody wants to know of its end
};

// How one came to its end.
struct Ending {
  uint64_t id = 0;
  uint64_t context = 0;
  Ended ended;
  int64_t began_ns = 0;
  int64_t duration_ns = 0;
};

}  // namespace zest::tunnel
