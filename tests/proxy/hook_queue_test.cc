// The queue between a worker and its host, by itself.
#include "proxy/hook_queue.h"

#include <doctest/doctest.h>

#include "base/assert.h"
#include "support/backends.h"
#include "support/torture.h"

namespace zest::proxy {
namespace {

using namespace zest::test;

// Each waiter that is told of a decision makes the host decide the next one meanwhile.
class Chain {
 public:
  explicit Chain(io::Loop& loop) { inbox_.loop = &loop; }

  bool put(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      HookTicket* ticket = queue_.open(count);
      if (!ticket) return false;
      ticket->default_upstream = 0;
      tickets_.push_back(ticket);
      queue_.put(*ticket, inbox_, {this, told});
      CHECK(queue_.take(0).has_value());
    }
    return true;
  }
  void decide_next() {
    if (told_ < tickets_.size()) CHECK(queue_.pass(tickets_[told_]->id).has_value());
  }
  void finish() {
    for (HookTicket* ticket : tickets_) queue_.finish(*ticket);
  }
  size_t told() const { return told_; }

 private:
  static void run(void* self) noexcept {
    auto& chain = *static_cast<Chain*>(self);
    ZEST_ASSERT(++chain.runs_ < 100);  // a Work that is posted twice runs for ever
    while (const HookWaiter waiter = chain.queue_.next_decided(chain.inbox_))
      waiter.decided(waiter.owner);
  }
  static void told(void* self) noexcept {
    auto& chain = *static_cast<Chain*>(self);
    ++chain.told_;
    chain.decide_next();
  }

  HookQueue queue_;
  HookInbox inbox_{this, run};
  std::vector<HookTicket*> tickets_;
  size_t told_ = 0;
  int runs_ = 0;
};

}  // namespace

TEST_CASE("decisions that come while others are told are told, and the loop goes on") {
  on_each_backend([](io::BackendKind kind) {
    const auto loop = make_loop(kind);
    Chain chain(*loop);
    if (!chain.put(5)) return;
    for (int round = 0; round < 2; ++round) turn_briefly(*loop);
    chain.decide_next();
    CHECK(turn_until(*loop, [&] { return chain.told() == 5; }));
    turn_briefly(*loop);
    chain.finish();
  });
}

}  // namespace zest::proxy
