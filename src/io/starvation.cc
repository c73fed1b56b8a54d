#include "io/starvation.h"

namespace zest::io {
namespace {

// Readers over a long way let a buffer go once per round trip.
constexpr int64_t patience_ns = 200 * ns_per_ms;
// Fewer than this share of the pool coming back in that time is no progress.
constexpr uint32_t progress_share = 64;

}  // namespace

Starvation::Seen Starvation::look(Loop& loop) {
  const BufferPool& pool = *loop.buffers();
  if (!loop.starved()) {
    watching_ = false;
    return {};
  }
  const bool due = watching_ && loop.now_ns() >= due_ns_;
  if (watching_ && !due) return {.stuck = false, .again_ns = due_ns_};
  const uint64_t returned = pool.returned() - returned_before_;
  const bool stuck = due && returned <= pool.count() / progress_share;
  watching_ = true;
  returned_before_ = pool.returned();
  due_ns_ = loop.now_ns() + patience_ns;
  return {.stuck = stuck, .again_ns = due_ns_};
}

}  // namespace zest::io
