#include "io/race/race.h"

#include <cerrno>

namespace zest::race {
namespace {

constexpr size_t clients_max = 40;
constexpr size_t servers_max = 64;
constexpr io::BufferOptions buffers{.count = 64, .size = 1024};

}  // namespace

Race::Race(io::BackendKind kind, uint64_t seed)
    : random_(seed), loop_(test::make_loop(kind, buffers, 16, 64)) {
  for (size_t i = 0; i < acceptors_.size(); ++i) {
    acceptors_[i] = std::make_unique<Acceptor>(*this, i == 0);
    acceptors_[i]->start();
  }
  for (size_t i = 0; i < servers_max; ++i) servers_.push_back(std::make_unique<Peer>(*this));
  for (size_t i = 0; i < clients_max; ++i) {
    clients_.push_back(std::make_unique<Peer>(*this));
    clients_.back()->connect();
  }
}

Race::~Race() { end(); }

bool Race::run(uint64_t cancels) {
  const uint64_t goal = totals_.cancelled + cancels;
  for (int idle = 0; totals_.cancelled < goal;) {
    idle = loop_->turn(loop_->now_ns() + ns_per_ms) == 0 ? idle + 1 : 0;
    if (idle > 10'000) return false;
    for (size_t i = pick(6); i > 0; --i) disturb();
  }
  return true;
}

bool Race::end() {
  ending_ = true;
  for (const auto& acceptor : acceptors_) loop_->cancel(acceptor->op);
  for (const auto* side : {&clients_, &servers_})
    for (const auto& peer : *side) peer->close();
  // The loop's own wake-up goes on.
  return test::turn_to_end(*loop_, [&] { return loop_->in_flight() == 1; });
}

void Race::Acceptor::start() {
  const int fd = listener.fd.get();
  once ? race.loop_->accept_once(op, fd) : race.loop_->accept(op, fd);
  ++race.totals_.started;
}

void Race::Acceptor::done(io::Completion completion) noexcept {
  race.note_end(op, completion);
  if (completion.result >= 0) race.take(Fd(completion.result));
  if (!completion.more && !race.ending_) start();
}

uint64_t Race::next_id() {
  ++totals_.connections;
  claimed_.push_back(false);
  return claimed_.size() - 1;
}

bool Race::claim(uint64_t id) {
  if (id >= claimed_.size() || claimed_[id]) return false;
  claimed_[id] = true;
  return true;
}

const sys::Address& Race::some_address() {
  return acceptors_[pick(acceptors_.size())]->listener.address;
}

void Race::take(Fd fd) {
  for (const auto& peer : servers_)
    if (peer->free() && !ending_) return peer->serve(std::move(fd));
}

void Race::disturb() {
  if (chance(8)) return cancel(acceptors_[pick(acceptors_.size())]->op);
  const auto& side = chance(2) ? clients_ : servers_;
  side[pick(side.size())]->cancel_some();
}

void Race::cancel(io::Op& op) {
  if (!op.in_flight() || op.cancelling()) return;
  ++totals_.cancelled;
  loop_->cancel(op);
}

void Race::note_end(const io::Op& op, const io::Completion& completion) {
  if (!completion.more && op.cancelling() && completion.result >= 0) ++totals_.late;
}

}  // namespace zest::race
