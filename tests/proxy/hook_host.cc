#include "proxy/hook_host.h"

#include <doctest/doctest.h>

namespace zest::test {

void hook_all(proxy::Config& config) { config.routes[0].hook = "app"; }

namespace {

Change hooked(const Change& more) {
  return [more](proxy::Config& config) {
    hook_all(config);
    if (more) more(config);
  };
}

}  // namespace

HookHost::HookHost(BackendKind kind, const Change& change, proxy::HookCallback callback)
    : stage(kind, answering(ok("origin's")), hooked(change),
            {.hooks = std::make_shared<proxy::HookQueue>(std::move(callback)), .protocols = {}}),
      hooks(*stage.proxy->hooks()) {}

const HookTicket& HookHost::take() {
  const HookTicket* request = nullptr;
  REQUIRE(eventually([&] {
    const auto taken = hooks.take(1);
    if (taken) request = taken->request;
    return request || (!taken && taken.error().status == Status::closed);
  }));
  REQUIRE(request);
  return *request;
}

Status HookHost::answer(uint64_t id, uint16_t status, std::string_view text,
                        std::initializer_list<HookField> fields) {
  HookBody body;
  if (!body.copy(text)) return Status::out_of_memory;
  auto decision = proxy::answer_of(status, std::span(fields.begin(), fields.size()), body);
  if (!decision) return decision.error().status;
  return status_of(hooks.answer(id, *decision));
}

bool HookHost::at_rest() {
  return eventually([this] { return hooks.waiting() == 0; }) && stage.at_rest();
}

}  // namespace zest::test
