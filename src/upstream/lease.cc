#include "upstream/lease.h"

#include <cerrno>

#include "sys/connecting.h"
#include "sys/socket.h"
#include "upstream/origin_socket.h"

namespace zest::upstream {
namespace {

// An attempt's timeout is a failure of the request, which Status::timed_out is not.
std::unexpected<Error> fail_connect(int error, const Peer& peer, size_t tried) {
  const auto address = peer.address.format();
  auto failed = tried > 1 ? fail_errno(error, "connect %s, the last of %zu origins tried",
                                       address.c_str(), tried)
                          : fail_errno(error, "connect %s", address.c_str());
  if (failed.error().status == Status::timed_out) failed.error().status = Status::system;
  return failed;
}

void count(PeerFigures& figures, const Outcome* outcome) {
  ++figures.requests;
  if (!outcome) return;
  figures.failures += outcome->failed;
  const uint32_t status_class = outcome->status / 100;
  ++figures.answers[status_class < figures.answers.size() ? status_class : 0];
  const int64_t took_ns = outcome->first_byte_ns;
  if (took_ns <= 0) return;
  int64_t& smooth_ns = figures.first_byte_ns;
  smooth_ns = smooth_ns == 0 ? took_ns : smooth_ns + (took_ns - smooth_ns) / 8;
}

}  // namespace

Result<Progress> Lease::take(const std::shared_ptr<Cluster>& home, bool fresh, Lease*& lease) {
  Lease* taken = home->spare();
  taken->home_ = home;
  const auto progress = taken->seek(fresh);
  if (progress) {
    lease = taken;
  } else {
    give_back(taken, false, nullptr);
  }
  return progress;
}

// Origin after origin, until one is connected or on its way.
Result<Progress> Lease::seek(bool fresh) {
  while (!tried_.full()) {
    const Cluster::Picked picked = home_->pick(tried_, fresh);
    if (!picked.peer) break;
    peer_ = picked.peer;
    if (picked.idle) {
      if (use(*picked.idle)) return begin_use();
      leave();
      continue;
    }
    tried_.add(*peer_);
    auto progress = connect();
    if (progress || sys::is_shortage(progress.error().os_errno)) return progress;
  }
  return no_origin();
}

std::unexpected<Error> Lease::no_origin() const {
  if (error_ == 0) return fail(Status::system, "no origin but the %zu tried", tried_.count());
  return fail_connect(error_, *peer_, tried_.count());
}

// False: it has ended meanwhile.
bool Lease::use(Lease& idle) {
  const bool good = sys::is_silent(idle.fd_.get());
  if (good) {
    fd_ = std::move(idle.fd_);
    requests_ = idle.requests_;
  }
  home_->note(*peer_,
              [&](PeerFigures& figures) { good ? ++figures.reused : ++figures.dropped_idle; });
  home_->put_away(&idle);
  return good;
}

Result<Progress> Lease::connect() {
  home_->note(*peer_, [](PeerFigures& figures) { ++figures.connects; });
  auto fd = open_origin_socket(home_->config(), peer_->address, true);
  if (!fd) return lose(fd.error().os_errno);
  fd_ = std::move(*fd);
  requests_ = 0;
  const int error = sys::begin_connect(fd_.get(), peer_->address);
  if (error == 0) return begin_use();
  if (error != EINPROGRESS) return lose(error);
  state_ = State::connecting;
  deadline_ns_ = deadline_after_ms(home_->clock_.now_ns(), home_->config().connect_timeout_ms);
  return Progress::connecting;
}

Progress Lease::begin_use() {
  const bool first = ++requests_ == 1;
  if (first && !early()) works();
  state_ = State::connected;
  deadline_ns_ = never_ns;
  return Progress::connected;
}

void Lease::works() {
  home_->note(*peer_, [](PeerFigures& figures) { figures.state = PeerState::up; });
  peer_->works();
}

void Lease::judge_early(bool good) {
  if (state_ != State::connected || !early()) return;
  if (good) return works();
  blame(ECONNREFUSED);
}

// Who is short of fds or memory does not blame the origin.
void Lease::blame(int error) {
  home_->note(*peer_, [&](PeerFigures& figures) {
    ++figures.connect_failures;
    if (!sys::is_shortage(error)) figures.state = PeerState::down;
  });
  if (!sys::is_shortage(error)) home_->rest(*peer_);
}

// This attempt came to nothing.
std::unexpected<Error> Lease::lose(int error) {
  error_ = error;
  blame(error);
  leave();
  return fail_connect(error, *peer_, tried_.count());
}

Result<Progress> Lease::go_on() {
  if (state_ == State::connected) return Progress::connected;
  if (state_ == State::empty) return no_origin();
  const int error = sys::connect_result(fd_.get());
  if (error == 0) return begin_use();
  const bool late = home_->clock_.now_ns() >= deadline_ns_;
  if (error == EINPROGRESS && !late) return Progress::connecting;
  auto lost = lose(error == EINPROGRESS ? ETIMEDOUT : error);
  return sys::is_shortage(error) ? Result<Progress>(lost) : seek(true);
}

Result<Progress> Lease::retry(bool fresh) {
  if (state_ != State::empty) {
    judge_early(false);
    home_->note(*peer_, [](PeerFigures& figures) { ++figures.retries; });
    leave();
  }
  return seek(fresh);
}

// Its connection, and its place among the peer's requests.
void Lease::leave() {
  fd_.reset();
  state_ = State::empty;
  peer_->active.fetch_sub(1, std::memory_order_relaxed);
}

// Not in cluster.cc: the analyzer does not see there that a list's items are unlinked.
void Lease::end(Lease* lease) { delete lease; }

void Lease::give_back(Lease* lease, bool reusable, const Outcome* outcome) {
  if (outcome) lease->judge_early(!outcome->failed);
  const auto home = std::move(lease->home_);
  if (lease->state_ == State::connected) {
    home->note(*lease->peer_, [&](PeerFigures& figures) { count(figures, outcome); });
    if (reusable && lease->fd_.valid() && home->keep(*lease)) return;
  }
  if (lease->state_ != State::empty) lease->leave();
  home->put_away(lease);
}

}  // namespace zest::upstream
