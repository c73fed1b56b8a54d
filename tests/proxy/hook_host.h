// A stage whose proxy asks its host, and the host's side of it.
#pragma once

#include "proxy/stage.h"

namespace zest::test {

using proxy::HookBody;
using proxy::HookDecision;
using proxy::HookField;
using proxy::HookTicket;

// Every request is his to decide, under the name "app"; pass leads to the origin.
void hook_all(proxy::Config& config);

struct HookHost {
  explicit HookHost(BackendKind kind, const Change& change = {}, proxy::HookCallback callback = {});

  // What is next; it must come.
  const HookTicket& take();
  Status answer(uint64_t id, uint16_t status, std::string_view body = "ours",
                std::initializer_list<HookField> fields = {});
  Status pass(uint64_t id) { return status_of(hooks.pass(id)); }
  Status route(uint64_t id, std::string_view name) { return status_of(hooks.route(id, name)); }
  static Status status_of(const Result<void>& result) {
    return result ? Status::ok : result.error().status;
  }
  // Nobody waits, nothing lies before him, no connection is left.
  bool at_rest();

  Stage stage;
  proxy::HookQueue& hooks;
};

}  // namespace zest::test
