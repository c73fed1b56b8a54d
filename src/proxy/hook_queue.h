// Where requests lie that the host is to decide, between the proxy's workers and any thread of his.
// A ticket's number is never used twice, so that what comes late, or twice, is known for that.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "io/loop.h"
#include "proxy/hook_ticket.h"
#include "sys/notifier.h"

namespace zest::proxy {

// Where one worker hears what has been decided. Of the queue, but for its Work's function.
struct HookInbox {
  HookInbox(void* owner, void (*run)(void*) noexcept) : work{owner, run} {}

  io::Loop* loop = nullptr;
  io::Work work;
  List<HookTicket> decided;
};

// What the host is asked on the worker's own thread, before the queue.
enum class HookVerdict : uint8_t {
  later,  // he has decided, or will, by the number
  pass,
  queue,
};
using HookCallback = std::function<HookVerdict(const HookTicket&)>;

class HookQueue {
 public:
  explicit HookQueue(HookCallback callback = {},
                     sys::Notifier::Kind kind = sys::Notifier::Kind::eventfd)
      : callback_(std::move(callback)), kind_(kind) {}
  HookQueue(const HookQueue&) = delete;
  HookQueue& operator=(const HookQueue&) = delete;

  // The host's side: any thread.
  struct Taken {
    const HookTicket* request = nullptr;  // valid until it is decided
    Fd fd;                                // of a connection, which is the host's from now on
    std::string_view protocol;            // outlives the queue
    sys::Address client;
    int64_t listener_id = -1;
  };
  // What is next; timed_out, or closed once the proxy has ended. timeout_ms < 0: waits for ever.
  Result<Taken> take(int64_t timeout_ms);
  // Readable when there may be something, from then until a take times out. Stays the queue's.
  Result<int> fd();
  // closed: the client has gone, or the time is up; nothing more is to be done. invalid_argument:
  // it was decided before, or never taken; or the decision is none, and another may come.
  Result<void> answer(uint64_t id, HookDecision& decision);  // taken, if it is obeyed
  // Changes may be null; they are gone where they are not obeyed, too.
  Result<void> pass(uint64_t id, std::unique_ptr<HookChanges> changes = {});
  Result<void> route(uint64_t id, std::string_view upstream,
                     std::unique_ptr<HookChanges> changes = {});
  // closed and invalid_argument as above, and else nothing: before there is a decision.
  Result<void> check(uint64_t id);
  uint64_t waiting() const;  // tickets in use

  // The workers' side. A free ticket, to be filled in; nullptr: so many are in use, or no memory.
  HookTicket* open(size_t most);
  // It is the host's to decide; the waiter is told by the inbox's loop, unless it looks before.
  void put(HookTicket& ticket, HookInbox& inbox, HookWaiter waiter);
  bool decided(const HookTicket& ticket) const;
  // Nobody waits for it any more. Of a connection: gives back its fd, unless the host has it.
  Fd finish(HookTicket& ticket);
  // The waiters of decided tickets, one after the other; an empty one at the end.
  HookWaiter next_decided(HookInbox& inbox);
  void worker_began();
  void worker_ended();  // with the last of them, the queue closes

 private:
  HookTicket* grow();
  Result<HookTicket*> find(uint64_t id) const;
  Result<HookTicket*> find_waiting(uint64_t id);  // lets go of one that nobody waits for
  void enqueue(HookTicket& ticket);
  Result<void> pass_to(HookTicket& ticket, size_t upstream, std::unique_ptr<HookChanges> changes);
  void notify(HookTicket& ticket);
  void release(HookTicket& ticket);
  Taken hand_out(HookTicket& ticket);
  void none_left();

  const HookCallback callback_;
  const sys::Notifier::Kind kind_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<sys::Notifier> notifier_;  // once somebody asked for it
  bool armed_ = false;                     // the next one signals
  bool closed_ = false;
  uint32_t workers_ = 0;
  uint32_t takers_ = 0;
  uint64_t used_ = 0;
  List<HookTicket> queued_;
  List<HookTicket> free_;
  std::vector<std::unique_ptr<HookTicket>> tickets_;  // by the number's low half
};

}  // namespace zest::proxy
