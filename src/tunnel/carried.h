// One tunnel of a Service: two streams, what the host had read of them, and their end. Made by
// whoever joins; from then on its carrier's thread owns it.
#pragma once

#include "base/list.h"
#include "tunnel/endings.h"

namespace zest::tunnel {

class Carrier;
class Carried;

// What other threads want of one. Under the service's mutex.
struct Wish : ListNode {
  explicit Wish(Carried& whose) : of(whose) {}

  Carried& of;
  bool begin = false;
  bool drain = false;
  bool cancel = false;
};

class Carried final : public ListNode {
 public:
  // `node` may be null: nobody wants to know of its end.
  Carried(Carrier& carrier, Request request, uint64_t id, std::unique_ptr<EndingNode> node);
  Carried(const Carried&) = delete;
  Carried& operator=(const Carried&) = delete;

  uint64_t id() const { return id_; }
  Carrier& carrier() { return carrier_; }
  Wish& wish() { return wish_; }

  // The carrier's thread. begin() fails where there is no buffer for what was read before: to be
  // tried again, until give_up_ns().
  bool begin();
  int64_t give_up_ns() const { return give_up_ns_; }
  void drain();
  void cancel();
  // It has to make room for others: both sides see that it was cut.
  void shed();
  bool holds_buffers() const;

  // Once it is over.
  Ending ending(int64_t now_ns) const;
  bool was_shed() const { return shed_; }
  std::unique_ptr<EndingNode> take_node() { return std::move(node_); }

 private:
  bool fill(size_t side);
  void note_begin();
  void start();
  void over() noexcept;

  Carrier& carrier_;
  const uint64_t id_;
  const uint64_t context_;
  const Limits limits_;
  std::unique_ptr<EndingNode> node_;
  std::array<Preread, 2> preread_;
  Tunnel tunnel_;
  Wish wish_{*this};
  bool started_ = false;
  bool draining_ = false;
  bool shed_ = false;
  int64_t began_ns_ = 0;
  int64_t give_up_ns_ = never_ns;
};

}  // namespace zest::tunnel
