#include "proxy/hook_changes.h"

#include <algorithm>

#include "http/first_line.h"
#include "proxy/field_names.h"

namespace zest::proxy {
namespace {

constexpr size_t changes_max = 256;

using How = HookChange::How;
using http::Name;
using IsOurs = bool (*)(Name name);

// What the proxy writes for an origin, or has promised the client.
bool ours_of_request(Name name) {
  switch (name) {
    case Name::expect:
    case Name::forwarded:
    case Name::max_forwards:
    case Name::via:
    case Name::x_forwarded_for:
    case Name::x_forwarded_host:
    case Name::x_forwarded_proto: return true;
    default: return is_framing(name);
  }
}

bool ours_of_answer(Name name) { return name == Name::via || is_framing(name); }

constexpr char of_request[] = "request";
constexpr char of_answer[] = "answer";

Result<void> check_host(const HookChange& change, size_t index, const HookEdit& into) {
  const bool good =
      change.how == How::set && !into.hosted && http::is_authority(change.field.value);
  if (good) return {};
  return fail(Status::invalid_argument, "%s: a request has one Host, which may be set",
              words_of({of_request, index}, change.field.name).c_str());
}

Result<void> note(const HookChange& change, FieldPlace place, IsOurs is_ours, HookEdit& into) {
  const Name name = http::name_of(change.field.name);
  if (is_ours(name))
    return fail(Status::invalid_argument, "%s is the proxy's own",
                words_of(place, change.field.name).c_str());
  const size_t before = into.lines.size();
  // Also of one that goes: so its name is checked.
  auto put = put_line(change.field, place, into.lines);
  if (!put) return put;
  if (change.how == How::remove) into.lines.set_size(before);
  (change.how == How::add ? into.beside : into.gone).emplace_back(change.field.name);
  into.dated = into.dated || (name == Name::date && change.how != How::remove);
  return {};
}

Result<void> edit(std::span<const HookChange> changes, const char* list, IsOurs is_ours,
                  HookEdit& into) {
  if (changes.size() > changes_max)
    return fail(Status::invalid_argument, "%s: %zu changes, at most %zu", list, changes.size(),
                changes_max);
  for (size_t i = 0; i < changes.size(); ++i)
    if (auto noted = note(changes[i], {list, i}, is_ours, into); !noted) return noted;
  return {};
}

}  // namespace

Result<void> edit_request(std::span<const HookChange> changes, HookEdit& into) {
  for (size_t i = 0; i < changes.size(); ++i) {
    if (http::name_of(changes[i].field.name) != Name::host) continue;
    if (auto good = check_host(changes[i], i, into); !good) return good;
    into.hosted = true;
  }
  return edit(changes, of_request, ours_of_request, into);
}

Result<void> edit_answer(std::span<const HookChange> changes, HookEdit& into) {
  auto edited = edit(changes, of_answer, ours_of_answer, into);
  into.gone_in_trailers = into.gone;
  return edited;
}

Result<void> withhold_from(HookEdit& request, const FieldNames& withheld) {
  const auto is_ours = [&](const std::string& name) { return withheld.hold(name); };
  for (const auto* names : {&request.gone, &request.beside})
    if (const auto found = std::ranges::find_if(*names, is_ours); found != names->end())
      return fail(Status::invalid_argument,
                  "request: \"%.48s\" tells of clients, and is the proxy's own", found->c_str());
  request.gone_in_trailers = request.gone;
  const auto names = withheld.names();
  request.gone_in_trailers.insert(request.gone_in_trailers.end(), names.begin(), names.end());
  return {};
}

}  // namespace zest::proxy
