// A body from one connection to the other, with backpressure: nothing more is received than can be
// sent.
#pragma once

#include "io/waker.h"
#include "net/output.h"
#include "net/stream.h"
#include "proxy/body.h"
#include "proxy/counters.h"

namespace zest::proxy {

enum class RelayEnd : uint8_t {
  done,
  cut,         // the sender ended before the body did
  in_broken,   // the sender's connection broke
  in_refused,  // the body's framing is wrong
  in_timeout,
  too_large,
  out_broken,
  out_timeout,
  exchange_timeout,
  stopped,  // by whoever wanted it no more
  cancelled,
};

struct Relay {
  io::FrameStack& frames_;
  net::Stream& in;
  net::Output& out;
  io::Waker& waker;          // woken by both
  const net::Stream& other;  // the receiver's own sending side: if it breaks, this is over
  BodyReader reader;
  BodyWriter writer;
  uint32_t in_timeout_ms;
  uint32_t out_timeout_ms;
  int64_t deadline_ns;
  uint64_t bytes_max;
  std::string_view prefix;    // to be sent before the first part
  bool needs_sender = false;  // it is of no use once the sender's connection is broken
  bool stop = false;
  uint64_t bytes = 0;  // of the body, so far

  io::FrameStack& frames() { return frames_; }
};

// Ends with no send in flight.
io::Task<RelayEnd> relay(Relay& relay);

// Waits for the end of a send: false if it failed, and then `end` says how.
io::Task<bool> sent(Relay& relay, RelayEnd& end);

}  // namespace zest::proxy
