// A shard without a thread of its own: a thread of the host turns it, the first that comes, and
// from then on no other.
#pragma once

#include <sys/types.h>

#include "acceptor/shard.h"
#include "base/calls.h"

namespace zest::acceptor {

class Driver {
 public:
  explicit Driver(Shard& shard) : shard_(shard) {}

  // The owner: take, turning the loop for at most until this moment for the first.
  Status next(std::span<Accepted> out, size_t& count, int64_t deadline_ns);

  // Shutting down: turns the shard a little if it is the caller's, or nobody's yet, or its owner
  // has ended; true if that is so, and there is more to do.
  bool help_to_drain(int64_t until_ns, int64_t deadline_ns);

  // Its owner's thread has ended before it: nobody accepts.
  bool deserted() const;

  Calls& calls() { return calls_; }
  // After the calls are out: let go of a loop that was not drained.
  void release();

  Shard& shard() { return shard_; }

 private:
  Status own(bool helping);
  bool salvage(int64_t deadline_ns);
  Status take_rest(std::span<Accepted> out, size_t& count, int64_t deadline_ns);
  void turn(int64_t until_ns);

  Shard& shard_;
  Calls calls_;
  std::atomic<bool> owned_{false};
  std::atomic<bool> attached_{false};
  pid_t owner_ = 0;                    // its thread's number, which is not soon given anew
  std::atomic<uint64_t> turns_{0};     // what the owner did is seen by who reads it
  std::atomic<bool> anybodys_{false};  // a shutdown turns it, since nobody else does: all may take
};

}  // namespace zest::acceptor
