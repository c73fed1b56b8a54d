// What a host wants to change in the heads of a request that he lets pass, and whether he may.
#pragma once

#include <span>
#include <string>

#include "proxy/field_names.h"
#include "proxy/hook.h"

namespace zest::proxy {

struct HookChange {
  enum class How : uint8_t {
    set,  // in place of what came by that name
    add,  // beside it
    remove,
  };
  How how = How::set;
  HookField field;  // remove: its name alone
};

// Checks them: nothing in them can end a head or frame a body, nor is it what the proxy says.
Result<void> edit_request(std::span<const HookChange> changes, HookEdit& into);
Result<void> edit_answer(std::span<const HookChange> changes, HookEdit& into);

// By these names the proxy alone speaks: of clients. A change of one is refused, and they are
// dropped from trailers with what is gone from the head.
Result<void> withhold_from(HookEdit& request, const FieldNames& withheld);

}  // namespace zest::proxy
