// What a loop needs from the kernel. Backends are dumb on purpose: re-arming, parking for want of
// buffers and stepping down from multishot are the loop's, so that both share them and a fake can
// provoke them.
#pragma once

#include <span>

#include "io/buffer_pool.h"
#include "io/op.h"

namespace zest::io {

// Not initialized by itself: a turn has room for a few hundred on its stack, and fills one or two.
struct Event {
  Op* op;
  int32_t result;
  bool more;
  bool has_buffer;
  uint16_t buffer_id;
};

struct BackendCounters {
  uint64_t enters = 0;  // system calls made to submit or wait
  uint64_t completions = 0;
  uint64_t cq_overflows = 0;  // turns that began with completions the ring had no room for
};

class Backend {
 public:
  virtual ~Backend() = default;

  // From now on the calling thread is the loop's. Once, before the first start().
  virtual Result<void> attach() = 0;

  // The loop's thread, when it will turn no more.
  virtual void leave() = 0;

  // Begin what op.request() says.
  virtual void start(Op& op) = 0;

  // The op will have its last completion soon: -ECANCELED, or what it had done by then.
  virtual void cancel(Op& op) = 0;

  // Hand everything begun to the kernel, wait for a completion for at most timeout_ns (never_ns: no
  // limit), and write what has completed. Returns how many; 0 also when interrupted.
  virtual size_t wait(std::span<Event> into, int64_t timeout_ns) = 0;

  // What has completed, without a system call, from any thread once the loop's own has left.
  virtual size_t collect(std::span<Event> into) = 0;

  // This op will not be completed any more, and is about to die.
  virtual void abandon(Op&) {}

  // True once the kernel has refused a turn because another thread is the loop's.
  virtual bool foreign() const = 0;

  // The errno with which the kernel refuses to complete anything any more, or 0. Then wait() only
  // collects what had completed before, and ends what is cancelled or started since.
  virtual int failed() const { return 0; }

  // This fd is about to be closed; no op may be in flight on it.
  virtual void forget(int fd) = 0;

  // For a loop that others watch, in its thread: an fd that is readable after a completion until
  // the bell is cleared, which goes before the wait() that collects it.
  virtual Result<int> bell() = 0;
  virtual void clear_bell() = 0;
  // True if there is something to do that no completion will tell of.
  virtual bool unfinished() const = 0;

  // In a forked child: close the copies of the fds, touch nothing else.
  virtual void close_copies() = 0;

  virtual BackendCounters counters() const = 0;
};

}  // namespace zest::io
