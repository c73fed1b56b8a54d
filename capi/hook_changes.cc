// What a caller wants to change in a request that passes.
#include "proxy/hook_changes.h"
#include "capi/hook_input.h"
#include "capi/http_view.h"

namespace zest::capi {
namespace {

constexpr size_t changes_max = 4096;  // that are looked at: fewer are taken

using proxy::HookChange;

Result<void> check(const zest_hook_change& given, proxy::FieldPlace place) {
  if (!readable(given.name, given.name_size))
    return fail(Status::null_argument, "%s: its name is NULL", words_of(place, {}).c_str());
  const auto words = words_of(place, text(given.name, given.name_size));
  if (given.how != ZEST_HOOK_REMOVE && !readable(given.value, given.value_size))
    return fail(Status::null_argument, "%s: its value is NULL", words.c_str());
  if (given.how > ZEST_HOOK_REMOVE)
    return fail(Status::unsupported, "%s: how %u is none that this libzest knows", words.c_str(),
                given.how);
  if (given.reserved != 0) return fail(Status::unsupported, "%s: reserved is not 0", words.c_str());
  return {};
}

Result<HookChange> change_of(const zest_hook_change& given, proxy::FieldPlace place) {
  if (auto good = check(given, place); !good) return fail(good.error());
  const bool removes = given.how == ZEST_HOOK_REMOVE;
  const std::string_view name = text(given.name, given.name_size);
  const std::string_view value = removes ? std::string_view() : text(given.value, given.value_size);
  return HookChange{.how = static_cast<HookChange::How>(given.how),
                    .field = {.name = name, .value = value}};
}

Result<std::vector<HookChange>> changes_of(const zest_hook_change* given, size_t count,
                                           const char* list) {
  if (count > changes_max || (count > 0 && !given))
    return fail(Status::invalid_argument, "%s: %zu changes, or none that can be read", list, count);
  std::vector<HookChange> changes;
  changes.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const auto change = change_of(given[i], {list, i});
    if (!change) return fail(change.error());
    changes.push_back(*change);
  }
  return changes;
}

}  // namespace

Result<std::unique_ptr<proxy::HookChanges>> read_changes(const zest_hook_passing& passing) {
  const auto request = changes_of(passing.request, passing.request_count, "request");
  if (!request) return fail(request.error());
  const auto answer = changes_of(passing.answer, passing.answer_count, "answer");
  if (!answer) return fail(answer.error());
  if (request->empty() && answer->empty()) return nullptr;
  auto changes = std::make_unique<proxy::HookChanges>();
  if (auto edited = edit_request(*request, changes->request); !edited) return fail(edited.error());
  if (auto edited = edit_answer(*answer, changes->answer); !edited) return fail(edited.error());
  return changes;
}

}  // namespace zest::capi
