#include "acceptor/service.h"

#include <algorithm>

#include "sys/socket.h"

namespace zest::acceptor {

int64_t Service::deadline(int64_t timeout_ms) const {
  // 0 asks for no time, and is not worth reading the clock for: any moment in the past will do.
  return timeout_ms == 0 ? 0 : deadline_after_ms(clock_.now_ns(), timeout_ms);
}

Status Service::next(std::span<Accepted> out, size_t& count, int64_t timeout_ms) {
  if (driven()) return Status::wrong_mode;
  const Calls::Inside inside(calls_);
  if (!inside) return Status::closed;
  return wait_and_take(all_.bell, out, count, deadline(timeout_ms), nullptr);
}

Status Service::shard_next(uint32_t shard, std::span<Accepted> out, size_t& count,
                           int64_t timeout_ms) {
  if (shard >= shards_.size()) return Status::invalid_argument;
  Calls& calls = driven() ? drivers_[shard]->calls() : calls_;
  const Calls::Inside inside(calls);
  if (!inside) return Status::closed;
  if (driven()) return drivers_[shard]->next(out, count, deadline(timeout_ms));
  return wait_and_take(shards_[shard]->bell(), out, count, deadline(timeout_ms),
                       shards_[shard].get());
}

// Look; say that we wait; look again; wait. See Bell for why this order.
Status Service::wait_and_take(Bell& bell, std::span<Accepted> out, size_t& count,
                              int64_t deadline_ns, Shard* only) {
  for (;;) {
    // Before the look: what was queued before the end is seen by it.
    const bool end = finished(only);
    if ((count = take(out, only)) > 0) return Status::ok;
    if (end) return Status::closed;
    if (deadline_ns == 0) {
      bell.arm();
      if ((count = take(out, only)) == 0) return Status::timed_out;
      bell.disarm();
      return Status::ok;
    }
    const uint32_t ticket = bell.ticket();
    count = take(out, only);
    const int64_t left_ns = deadline_ns == never_ns ? never_ns : deadline_ns - clock_.now_ns();
    if (count == 0 && !finished(only) && left_ns > 0) bell.sleep(ticket, left_ns);
    bell.awake();
    if (count > 0) return Status::ok;
    if (left_ns <= 0) deadline_ns = 0;  // one more look, which arms the fd
  }
}

// Round robin over the shards, so that a busy one does not hide the others.
size_t Service::take(std::span<Accepted> out, Shard* only) {
  if (only) return only->take(out);
  const auto shards = static_cast<uint32_t>(shards_.size());
  const uint32_t first = next_shard_.load(std::memory_order_relaxed);
  for (uint32_t i = 0; i < shards; ++i) {
    const uint32_t shard = (first + i) % shards;
    const size_t count = shards_[shard]->take(out);
    if (count == 0) continue;
    next_shard_.store((shard + 1) % shards, std::memory_order_relaxed);
    return count;
  }
  return 0;
}

bool Service::finished(const Shard* only) const {
  if (only) return only->finished();
  return std::ranges::all_of(shards_, [](const auto& shard) { return shard->finished(); });
}

Status Service::event_fd(int& fd) const {
  if (driven()) return Status::wrong_mode;
  fd = all_.bell.fd();
  return Status::ok;
}

Status Service::shard_event_fd(uint32_t shard, int& fd) const {
  if (shard >= shards_.size()) return Status::invalid_argument;
  fd = driven() ? shards_[shard]->loop()->fd() : shards_[shard]->bell().fd();
  return Status::ok;
}

Status Service::set_load(uint32_t shard, uint32_t load) {
  if (shard >= shards_.size()) return Status::invalid_argument;
  shards_[shard]->set_load(load);
  return Status::ok;
}

ShardStats Service::stats(uint32_t index) const {
  const Shard& shard = *shards_[index];
  const Counters& counters = shard.counters();
  ShardStats stats{.counters = &counters, .queued = shard.queued()};
  const sys::AcceptQueue kernel = shard.kernel_queue();
  stats.kernel_queue = kernel.depth;
  stats.kernel_queue_max = kernel.most;
  if (shard.failed()) {
    stats.health = Health::failed;
  } else if (counters.short_of_resources.load() > 0 || (driven() && drivers_[index]->deserted())) {
    stats.health = Health::degraded;
  }
  return stats;
}

}  // namespace zest::acceptor
