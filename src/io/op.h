// An Op is one pending kernel operation. It is a member of whoever waits for it, so the loop
// allocates nothing, and it neither moves nor dies while it is in flight.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "base/list.h"
#include "io/buffer.h"

namespace zest::io {

// What an operation came to. `result` and `more` are independent: the last completion of a
// cancelled accept may well carry an fd, and it belongs to the handler.
struct Completion {
  int32_t result = 0;  // bytes, an fd, or poll events; -errno on failure
  bool more = false;   // true: the operation goes on, this was not its last completion
  Buffer buffer;       // of recv_pooled; goes back to the pool unless it is moved out
};

enum class Kind : uint8_t { none, accept, recv, recv_pooled, send, send_message, connect, poll };

// Of an op that found no room in its socket: the ring polls for it, or an epoll set, until it has
// come.
enum class Room : uint8_t { unasked, awaited, watched, came };

// What the kernel is asked for.
struct Request {
  Kind kind = Kind::none;
  bool repeat = false;        // stays armed until it fails or is cancelled
  bool multishot = false;     // set by the loop: let the kernel do the repeating
  Room room = Room::unasked;  // set by the backend
  int fd = -1;
  uint32_t flags = 0;  // MSG_ flags, or the events of a poll
  uint32_t size = 0;
  union {
    void* bytes = nullptr;
    const void* const_bytes;
    const msghdr* message;
    const sockaddr* address;
  };
};

class Op : public ListNode {
 public:
  using Handler = void (*)(void* owner, Completion completion) noexcept;

  Op(void* owner, Handler handler) : owner_(owner), handler_(handler) {}
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  ~Op() { ZEST_ASSERT(!in_flight_); }

  // Op op_{this, Op::method<&Listener::accept_done>};
  template <auto member>
  static void method(void* owner, Completion completion) noexcept {
    call(member, owner, std::move(completion));
  }

  // True from its start until its last completion has been delivered.
  bool in_flight() const { return in_flight_; }
  bool cancelling() const { return cancelling_; }
  const Request& request() const { return request_; }
  void set_room(Room room) { request_.room = room; }

 private:
  friend class Loop;

  template <typename T>
  static void call(void (T::*member)(Completion) noexcept, void* owner, Completion completion) {
    (static_cast<T*>(owner)->*member)(std::move(completion));
  }

  void* owner_;
  Handler handler_;
  Request request_;
  bool in_flight_ = false;
  bool cancelling_ = false;
  bool held_by_loop_ = false;  // true exactly while it is on a list of the loop, not the backend's
  int32_t held_result_ = 0;    // what it will complete with, without the backend
};

}  // namespace zest::io
