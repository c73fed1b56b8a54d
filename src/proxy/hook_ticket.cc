#include "proxy/hook_ticket.h"

#include <cstring>

namespace zest::proxy {
namespace {

// What a ticket keeps of memory that a large head has made it take.
constexpr size_t texts_kept = 4096;

std::string_view put(Scratch& into, std::string_view text) {
  char* at = into.data() + into.size();
  if (!text.empty()) memcpy(at, text.data(), text.size());
  into.set_size(into.size() + text.size());
  return {at, text.size()};
}

}  // namespace

bool HookTicket::take_head(const http::RequestHead& from, std::string_view hook,
                           std::string_view group) {
  static_assert(std::is_trivially_copyable_v<http::Field>);
  const size_t fields = from.field_count * sizeof(http::Field);
  texts_.clear();
  if (!texts_.reserve(fields + from.size + hook.size() + group.size())) return false;
  if (fields > 0) memcpy(texts_.data(), from.fields, fields);
  texts_.set_size(fields);
  head = from;
  head.fields = reinterpret_cast<http::Field*>(texts_.data());
  head.field_capacity = from.field_count;
  head.base = put(texts_, {from.base, from.size}).data();
  name = put(texts_, hook);
  upstream = put(texts_, group);
  return true;
}

void HookTicket::restore(http::RequestHead& into, http::Field* fields, const char* base) const {
  std::copy(head.begin(), head.end(), fields);
  into = head;
  into.fields = fields;
  into.field_capacity = http::Head::field_count_max;
  into.base = base;
}

void HookTicket::clear() {
  decision = {};
  fd.reset();
  texts_.shrink(texts_kept);
  groups = nullptr;
  withheld = nullptr;
  inbox_ = nullptr;
}

}  // namespace zest::proxy
