#include "capi/upstream_input.h"

#include <string>

#include "capi/sized.h"
#include "config/address.h"
#include "config/load.h"
#include "config/upstream.h"

namespace zest::capi {
namespace {

using upstream::GroupConfig;
using upstream::Strategy;

constexpr size_t text_size_max = 1 << 20;
constexpr size_t addresses_max = 4096;
constexpr uint32_t pool_size_max = 1 << 16;
constexpr uint32_t day_ms = 86'400'000;

// One of the fields that are 0 for their default.
struct Number {
  const char* name;
  uint32_t value;
  uint32_t max;
  uint32_t GroupConfig::* into;
};

Result<void> read_numbers(const zest_upstream_config& from, GroupConfig& into) {
  const Number numbers[] = {
      {"pool_size", from.pool_size, pool_size_max, &GroupConfig::pool_size},
      {"idle_timeout_ms", from.idle_timeout_ms, day_ms, &GroupConfig::idle_timeout_ms},
      {"requests_per_connection", from.requests_per_connection, UINT32_MAX,
       &GroupConfig::requests_per_connection},
      {"connect_timeout_ms", from.connect_timeout_ms, day_ms, &GroupConfig::connect_timeout_ms},
      {"first_byte_timeout_ms", from.first_byte_timeout_ms, day_ms,
       &GroupConfig::first_byte_timeout_ms},
      {"between_bytes_timeout_ms", from.between_bytes_timeout_ms, day_ms,
       &GroupConfig::between_bytes_timeout_ms}};
  for (const Number& number : numbers) {
    if (number.value > number.max)
      return fail(Status::invalid_argument, "%s is %u, at most %u", number.name, number.value,
                  number.max);
    if (number.value > 0) into.*number.into = number.value;
  }
  return {};
}

Result<void> read_addresses(const zest_upstream_config& from, GroupConfig& into) {
  if (!from.addresses) return fail(Status::null_argument, "addresses must not be NULL");
  if (from.address_count > addresses_max)
    return fail(Status::invalid_argument, "%zu addresses, at most %zu", from.address_count,
                addresses_max);
  for (size_t i = 0; i < from.address_count; ++i) {
    if (!from.addresses[i]) return fail(Status::null_argument, "addresses[%zu] is NULL", i);
    const auto address = config::parse_origin(from.addresses[i]);
    if (!address)
      return fail(Status::bad_address, "addresses[%zu]: %s", i, address.error().message.c_str());
    into.addrs.push_back(*address);
  }
  return {};
}

Result<GroupConfig> read_fields(const zest_upstream_config& from) {
  if ((from.flags & ~uint32_t{ZEST_UPSTREAM_FLAGS_ALL}) != 0)
    return fail(Status::unsupported, "flags has bits that this libzest does not know");
  if (from.strategy > ZEST_BALANCE_LEAST_CONNECTIONS)
    return fail(Status::unsupported, "strategy %u is none that this libzest knows", from.strategy);
  GroupConfig group;
  group.strategy = from.strategy == ZEST_BALANCE_LEAST_CONNECTIONS ? Strategy::least_connections
                                                                   : Strategy::round_robin;
  group.keepalive = (from.flags & ZEST_UPSTREAM_NO_KEEPALIVE) == 0;
  group.tcp_fast_open = (from.flags & ZEST_UPSTREAM_TCP_FAST_OPEN) != 0;
  if (auto read = read_numbers(from, group); !read) return fail(read.error());
  if (auto read = read_addresses(from, group); !read) return fail(read.error());
  return group;
}

// Beside text nothing else is said.
bool alone(zest_upstream_config config) {
  config.struct_size = 0;
  config.text = nullptr;
  config.text_size = 0;
  const zest_upstream_config nothing{};
  return memcmp(&config, &nothing, sizeof config) == 0;
}

Result<GroupConfig> read_text(const zest_upstream_config& from) {
  if (from.text_size > text_size_max)
    return fail(Status::invalid_argument, "a text of %zu bytes, at most %zu", from.text_size,
                text_size_max);
  config::LoadedGroup loaded = config::load_group({from.text, from.text_size});
  if (loaded.problems.empty()) return std::move(loaded.group);
  const std::string said = config::format("upstream", loaded.problems);
  return fail(Status::invalid_argument, "%s", said.substr(0, said.find('\n')).c_str());
}

}  // namespace

Result<GroupConfig> read_group(const zest_upstream_config* config) {
  if (!config) return fail(Status::null_argument, "config must not be NULL");
  const auto given = read_sized(config, sizeof(zest_upstream_config), "zest_upstream_config");
  if (!given) return fail(given.error());
  if (given->reserved != 0) return fail(Status::unsupported, "reserved is not 0");
  const bool in_text = given->text != nullptr;
  if (in_text == (given->address_count > 0) || (in_text && !alone(*given)))
    return fail(Status::invalid_argument,
                "zest_upstream_config has to have either text alone or addresses");
  auto group = in_text ? read_text(*given) : read_fields(*given);
  if (group && (group->tls || group->send_proxy != preface::ProxyVersion::none))
    return fail(Status::unsupported,
                "tls and send_proxy are the host's to do, on the connections that it is given");
  return group;
}

}  // namespace zest::capi
