#include "config/shape.h"

#include "config/address.h"

namespace zest::config {
namespace {

constexpr size_t items_max = 4096;

bool kind_is(const Entry& entry, Value::Kind kind, Problems& problems) {
  if (entry.value.kind == kind) return true;
  problems.add(entry.value.at, "%s is %s, and must be %s", entry.name.c_str(),
               kind_name(entry.value.kind), kind_name(kind));
  return false;
}

std::optional<Checked> check_number(const Entry& entry, const Shape& shape, Problems& problems) {
  if (!kind_is(entry, Value::Kind::integer, problems)) return {};
  const int64_t number = entry.value.integer;
  const bool fits = number >= shape.min && number <= shape.max;
  const bool even = shape.kind != Shape::Kind::power_of_two || (number & (number - 1)) == 0;
  if (fits && even) return Checked{.number = number};
  problems.add(entry.value.at, "%s = %lld: must be %s", entry.name.c_str(),
               static_cast<long long>(number), shape.describe().c_str());
  return {};
}

std::optional<Checked> check_flag(const Entry& entry, Problems& problems) {
  if (!kind_is(entry, Value::Kind::boolean, problems)) return {};
  return Checked{.number = entry.value.integer};
}

std::optional<Checked> check_choice(const Entry& entry, const Shape& shape, Problems& problems) {
  if (!kind_is(entry, Value::Kind::text, problems)) return {};
  std::vector<std::string_view> known;
  for (const char* choice : shape.choices) {
    if (entry.value.text == choice) return Checked{.number = static_cast<int64_t>(known.size())};
    known.emplace_back(choice);
  }
  const std::string_view near = nearest(entry.value.text, known);
  problems.add(entry.value.at, "%s = %s: must be %s%s", entry.name.c_str(),
               quoted(entry.value.text).c_str(), shape.describe().c_str(),
               did_you_mean(near).c_str());
  return {};
}

std::optional<Checked> check_text(const Entry& entry, const Shape& shape, Problems& problems) {
  if (!kind_is(entry, Value::Kind::text, problems)) return {};
  const char* why = shape.objection ? shape.objection(entry.value.text) : nullptr;
  if (!why) return Checked{.text = entry.value.text};
  problems.add(entry.value.at, "%s = %s: %s", entry.name.c_str(), quoted(entry.value.text).c_str(),
               why);
  return {};
}

std::optional<Checked> check_address(const Entry& entry, Problems& problems) {
  if (!kind_is(entry, Value::Kind::text, problems)) return {};
  const Result<sys::Address> address = parse_address(entry.value.text);
  if (address) return Checked{.addresses = {*address}};
  problems.add(entry.value.at, "%s: %s", entry.name.c_str(), address.error().message.c_str());
  return {};
}

// Each item is tried, so that all bad ones are told of.
template <typename T>
bool check_items(const Entry& entry, Result<T> (*parse)(std::string_view), std::vector<T>& into,
                 Problems& problems) {
  if (!kind_is(entry, Value::Kind::array, problems)) return false;
  if (entry.value.items.size() > items_max) {
    problems.add(entry.value.at, "%s has more than %zu entries", entry.name.c_str(), items_max);
    return false;
  }
  bool good = true;
  for (const Value& item : entry.value.items) {
    const Entry one{.name = entry.name, .at = item.at, .value = item};
    if (!kind_is(one, Value::Kind::text, problems)) {
      good = false;
      continue;
    }
    const Result<T> parsed = parse(item.text);
    if (parsed) into.push_back(*parsed);
    if (!parsed) problems.add(item.at, "%s: %s", one.name.c_str(), parsed.error().message.c_str());
    good = good && parsed;
  }
  return good;
}

std::optional<Checked> check_origins(const Entry& entry, Problems& problems) {
  Checked checked;
  if (!check_items(entry, parse_tls_origin, checked.addresses, problems)) return {};
  if (!checked.addresses.empty()) return checked;
  problems.add(entry.value.at, "%s is empty: an upstream needs an origin", entry.name.c_str());
  return {};
}

std::optional<Checked> check_blocks(const Entry& entry, Problems& problems) {
  Checked checked;
  if (!check_items(entry, parse_block, checked.blocks, problems)) return {};
  return checked;
}

std::optional<Checked> check_destinations(const Entry& entry, Problems& problems) {
  Checked checked;
  if (!check_items(entry, parse_destination, checked.destinations, problems)) return {};
  return checked;
}

}  // namespace

std::string Shape::describe() const {
  std::string range = std::to_string(min) + " to " + std::to_string(max);
  std::string list;
  switch (kind) {
    case Kind::number: return range;
    case Kind::power_of_two: return "a power of two, " + range;
    case Kind::flag: return "true or false";
    case Kind::text: return described;
    case Kind::address: return "an address";
    case Kind::origins: return "a list of addresses";
    case Kind::blocks: return "a list of address blocks";
    case Kind::destinations: return "a list of address blocks with ports";
    case Kind::choice: break;
  }
  for (const char* choice : choices) {
    if (!list.empty()) list += choice == choices.back() ? " or " : ", ";
    list += '"' + std::string(choice) + '"';
  }
  return list;
}

std::optional<Checked> check(const Entry& entry, const Shape& shape, Problems& problems) {
  switch (shape.kind) {
    case Shape::Kind::number:
    case Shape::Kind::power_of_two: return check_number(entry, shape, problems);
    case Shape::Kind::flag: return check_flag(entry, problems);
    case Shape::Kind::choice: return check_choice(entry, shape, problems);
    case Shape::Kind::text: return check_text(entry, shape, problems);
    case Shape::Kind::address: return check_address(entry, problems);
    case Shape::Kind::origins: return check_origins(entry, problems);
    case Shape::Kind::blocks: return check_blocks(entry, problems);
    case Shape::Kind::destinations: return check_destinations(entry, problems);
  }
  return {};
}

}  // namespace zest::config
