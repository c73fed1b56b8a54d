#include "tunnel/engines.h"

#include <new>
#include <utility>

#include "tunnel/sender.h"
#include "tunnel/sockmap.h"
#include "tunnel/splicer.h"

namespace zest::tunnel {
namespace {

constexpr size_t pipe_size = 1 << 20;

}  // namespace

Engines::Engines(io::Loop& loop, const EngineLimits& limits, Sockmap* sockmap)
    : loop_(loop), limits_(limits), sockmap_(sockmap) {}

Engines::~Engines() {
  ZEST_ASSERT(joining_now_ == 0);
  if (bell_) sockmap_->hand_over().remove_bell(bell_->index);
  while (Sender* sender = spare_senders_) {
    spare_senders_ = sender->next_;
    delete sender;
  }
  while (Splicer* splicer = spare_splicers_) {
    spare_splicers_ = splicer->next_;
    delete splicer;
  }
}

Sender* Engines::lend_sender() {
  Sender* sender = spare_senders_;
  if (sender) {
    spare_senders_ = sender->next_;
    --spare_count_;
  } else if ((sender = new (std::nothrow) Sender)) {
    ++counters_.senders;
  }
  if (sender) sending_.push_back(*sender);
  return sender;
}

void Engines::give_back(Sender& sender) {
  sender.unlink();
  sender.aside_.reset();
  aside_bytes_ -= std::exchange(sender.aside_size_, 0);
  if (spare_count_ == limits_.spare_senders) {
    delete &sender;
    return;
  }
  sender.next_ = spare_senders_;
  spare_senders_ = &sender;
  ++spare_count_;
}

Splicer* Engines::lend_splicer() {
  if (Splicer* splicer = spare_splicers_) {
    spare_splicers_ = splicer->next_;
    return splicer;
  }
  Splicer* splicer = splicers_ < limits_.pipes ? make_splicer() : nullptr;
  if (!splicer) ++counters_.pipes_refused;
  return splicer;
}

Splicer* Engines::make_splicer() {
  Result<sys::Pipe> pipe = sys::open_pipe(pipe_size);
  if (!pipe) return nullptr;
  auto* splicer = new (std::nothrow) Splicer(std::move(*pipe));
  if (splicer) ++splicers_;
  return splicer;
}

// One that still holds bytes is of no use to others.
void Engines::give_back(Splicer& splicer) {
  if (splicer.filled() > 0) {
    --splicers_;
    delete &splicer;
    return;
  }
  splicer.next_ = spare_splicers_;
  spare_splicers_ = &splicer;
}

}  // namespace zest::tunnel
