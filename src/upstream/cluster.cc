#include "upstream/cluster.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "sys/fault.h"
#include "upstream/lease.h"

namespace zest::upstream {
namespace {

constexpr size_t looks_at_once = 64;
// How soon an origin's end of an idle connection is seen to.
constexpr int64_t tend_every_ns = ns_per_s;

}  // namespace

Result<std::shared_ptr<Cluster>> Cluster::create(GroupConfig config, const Clock& clock) {
  auto mark = sys::ForkMark::create();
  if (!mark) return fail(mark.error());
  return std::make_shared<Cluster>(std::move(config), std::move(*mark), clock);
}

Cluster::Cluster(GroupConfig config, sys::ForkMark mark, const Clock& clock)
    : group_(std::move(config)),
      fork_mark_(std::move(mark)),
      clock_(clock),
      balancer_(make_balancer(group_.config().strategy, 0)),
      places_(std::make_unique<Place[]>(group_.peers().size())) {}

Cluster::~Cluster() {
  close();
  destroy(spare_);
}

void Cluster::close() {
  List<Lease> ended;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (size_t i = 0; i < size(); ++i) {
    places_[i].idle.move_to(ended);
    places_[i].figures.idle = 0;
  }
  destroy(ended);
}

void Cluster::destroy(List<Lease>& leases) {
  while (Lease* lease = leases.pop_front()) Lease::end(lease);
}

Lease* Cluster::spare() {
  const std::lock_guard lock(mutex_);
  if (spare_count_ == 0) return std::make_unique<Lease>().release();
  --spare_count_;
  return spare_.pop_front();
}

void Cluster::put_away(Lease* lease) {
  lease->fd_.reset();
  lease->peer_ = nullptr;
  lease->state_ = Lease::State::empty;
  lease->tried_ = {};
  lease->error_ = 0;
  std::unique_lock lock(mutex_);
  if (spare_count_ < spare_max) {
    ++spare_count_;
    return spare_.push_back(*lease);
  }
  lock.unlock();
  Lease::end(lease);
}

void Cluster::put_away(List<Lease>& leases) {
  while (Lease* lease = leases.pop_front()) put_away(lease);
}

// The peer counts the request from now on, so that others picking meanwhile see it.
Cluster::Picked Cluster::pick(const Tried& tried, bool fresh) {
  const std::lock_guard lock(mutex_);
  Peer* peer = balancer_->pick(group_, tried, clock_.now_ns());
  if (!peer) return {};
  peer->active.fetch_add(1, std::memory_order_relaxed);
  Place& place = place_of(*peer);
  Lease* idle = fresh ? nullptr : place.idle.back();
  // The newest runs out of time last.
  if (!idle || idle->deadline_ns_ <= clock_.now_ns()) return {.peer = peer};
  idle->unlink();
  --place.figures.idle;
  return {.peer = peer, .idle = idle};
}

bool Cluster::worth_keeping(const Lease& lease) const {
  const uint32_t most = config().requests_per_connection;
  return config().keepalive && !closed_ && (most == 0 || lease.requests_ < most);
}

bool Cluster::keep(Lease& lease) {
  List<Lease> gone;
  const bool kept = keep_with(lease, gone);
  put_away(gone);
  return kept;
}

// Whoever never tends still has room: what is over its time goes first.
bool Cluster::keep_with(Lease& lease, List<Lease>& gone) {
  const std::lock_guard lock(mutex_);
  Place& place = place_of(*lease.peer_);
  if (!worth_keeping(lease)) return false;
  const int64_t now_ns = clock_.now_ns();
  take_expired(place, now_ns, gone);
  if (place.figures.idle >= config().pool_size) {
    ++place.figures.crowded_out;
    return false;
  }
  lease.peer_->active.fetch_sub(1, std::memory_order_relaxed);
  lease.peer_->works();
  lease.deadline_ns_ = deadline_after_ms(now_ns, config().idle_timeout_ms);
  lease.tried_ = {};
  place.idle.push_back(lease);
  ++place.figures.idle;
  return true;
}

int64_t Cluster::tend() {
  List<Lease> gone;
  const int64_t now_ns = clock_.now_ns();
  int64_t next_ns = never_ns;
  {
    const std::lock_guard lock(mutex_);
    for (size_t i = 0; i < size(); ++i) {
      take_expired(places_[i], now_ns, gone);
      take_ended(places_[i], gone);
      if (const Lease* oldest = places_[i].idle.front())
        next_ns = std::min({next_ns, oldest->deadline_ns_, now_ns + tend_every_ns});
    }
  }
  put_away(gone);
  return next_ns;
}

void Cluster::take_expired(Place& place, int64_t now_ns, List<Lease>& into) {
  for (Lease* oldest; (oldest = place.idle.front()) && oldest->deadline_ns_ <= now_ns;) {
    oldest->unlink();
    into.push_back(*oldest);
    --place.figures.idle;
    ++place.figures.expired;
  }
}

void Cluster::take_ended(Place& place, List<Lease>& into) {
  Lease* next = place.idle.front();
  while (next) {
    std::array<pollfd, looks_at_once> polled;
    std::array<Lease*, looks_at_once> leases;
    size_t count = 0;
    for (; next && count < looks_at_once; next = place.idle.after(*next)) {
      polled[count] = {.fd = next->fd_.get(), .events = POLLIN | POLLRDHUP, .revents = 0};
      leases[count++] = next;
    }
    if (sys::fault::at("poll", ENOMEM) || ::poll(polled.data(), count, 0) <= 0) continue;
    for (size_t i = 0; i < count; ++i) {
      if (polled[i].revents == 0) continue;
      leases[i]->unlink();
      into.push_back(*leases[i]);
      --place.figures.idle;
      ++place.figures.dropped_idle;
    }
  }
}

Cluster::Seen Cluster::see(size_t index) const {
  const Peer& peer = group_.peers()[index];
  const std::lock_guard lock(mutex_);
  return {.address = peer.address,
          .active = peer.active.load(std::memory_order_relaxed),
          .figures = places_[index].figures};
}

}  // namespace zest::upstream
