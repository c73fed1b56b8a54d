// One request, or connection, that lies before the host: a copy of its head, and how far it is. The
// copy is the host's to look at until he has decided, whatever becomes of the client meanwhile.
#pragma once

#include "base/fd.h"
#include "base/list.h"
#include "http/framing.h"
#include "http/head.h"
#include "proxy/field_names.h"
#include "proxy/hook.h"
#include "sys/address.h"

namespace zest::proxy {

struct HookInbox;

enum class HookKind : uint8_t { request, connection };

// Whoever waits for a decision, on a worker's thread.
struct HookWaiter {
  void* owner = nullptr;
  void (*decided)(void* owner) noexcept = nullptr;
  explicit operator bool() const { return owner != nullptr; }
};

class HookTicket : public ListNode {
 public:
  // Known to the host.
  uint64_t id = 0;
  HookKind kind = HookKind::request;
  http::RequestHead head;     // in memory of the ticket's own
  http::Framing framing;      // of the body, as it comes
  std::string_view name;      // of the hook, or of the protocol
  std::string_view upstream;  // where pass leads; empty: nowhere
  sys::Address client;
  int64_t listener_id = -1;
  bool encrypted = false;
  int64_t deadline_ns = 0;
  Fd fd;  // of a connection, until the host has taken it

  // The texts, into one piece of memory. False: out of memory.
  [[nodiscard]] bool take_head(const http::RequestHead& from, std::string_view hook,
                               std::string_view group);
  // The head's fields stand where they stood, and it begins at `base`.
  void restore(http::RequestHead& into, http::Field* fields, const char* base) const;

  // What the worker's thread has said of it, before anybody else sees it.
  const std::vector<upstream::GroupConfig>* groups = nullptr;
  const FieldNames* withheld = nullptr;  // fields that are the proxy's alone
  size_t default_upstream = no_upstream;
  HookDecision decision;  // once there is one

 private:
  friend class HookQueue;

  enum class State : uint8_t {
    free,
    open,       // the worker's alone
    queued,     // for the host to take
    taken,      // the host has it
    decided,    // by the host
    abandoned,  // the host has it, and nobody waits any more
  };

  void clear();

  State state_ = State::free;
  uint32_t generation_ = 0;
  HookInbox* inbox_ = nullptr;
  HookWaiter waiter_;
  Scratch texts_;
};

}  // namespace zest::proxy
