// TLS towards origins.
#include <algorithm>

#include "config/tls_keys.h"
#include "config/tls_shapes.h"
#include "sys/packed_address.h"

namespace zest::config {
namespace {

using tls::CertificateFiles;
using tls::ClientConfig;
using tls::Preferences;
using upstream::GroupConfig;

constexpr std::string_view https = "https://";

constexpr auto ask = &UpstreamTls::config;
constexpr auto shown = &ClientConfig::certificate;

constexpr Key<UpstreamTls> client[] = {
    text<&UpstreamTls::name>("name", "a host without a port", server_name_objection),
    flag<ask, &ClientConfig::verify>("verify"),
    tls_file<ask, &ClientConfig::ca>("ca"),
    tls_file<ask, shown, &CertificateFiles::certificate>("certificate"),
    tls_file<ask, shown, &CertificateFiles::key>("key"),
    choice<tls_versions, ask, &ClientConfig::preferences, &Preferences::version_min>("min_version"),
    choice<kernel_modes, ask, &ClientConfig::preferences, &Preferences::kernel>("ktls"),
};

void read_table(UpstreamTls& into, const Value& table, const std::string& upstream,
                Problems& problems) {
  const std::string table_name = "[upstream." + upstream.substr(0, 64) + ".tls]";
  fill(into, table, table_name.c_str(), client_tls_keys(), problems);
  if (!table.find("key")) tell_missing(table, "certificate", "key", problems);
  if (!table.find("certificate")) tell_missing(table, "key", "certificate", problems);
  if (!into.config.verify) tell_missing(table, "ca", "verify, which is off", problems);
}

// How many of the addresses say that they want TLS.
size_t count_https(const Entry* addrs) {
  if (!addrs) return 0;
  return static_cast<size_t>(std::ranges::count_if(
      addrs->value.items, [](const Value& item) { return item.text.starts_with(https); }));
}

}  // namespace

void read_upstream_tls(GroupConfig& into, const Entry& entry, Problems& problems) {
  UpstreamTls read;
  const Value& value = entry.value;
  if (value.kind == Value::Kind::boolean && value.integer == 0) return;
  if (value.kind == Value::Kind::table) {
    read_table(read, value, into.name, problems);
  } else if (value.kind != Value::Kind::boolean) {
    return problems.add(value.at, "tls is %s, and must be true, false or a table",
                        kind_name(value.kind));
  }
  into.tls = std::move(read.config);
  into.tls_name = std::move(read.name);
}

std::span<const Key<UpstreamTls>> client_tls_keys() { return client; }

Result<sys::Address> parse_tls_origin(std::string_view text) {
  return parse_origin(text.starts_with(https) ? text.substr(https.size()) : text);
}

void settle_upstream_tls(GroupConfig& group, const Value& table, Problems& problems) {
  const Entry* addrs = table.find("addrs");
  const Entry* tls = table.find("tls");
  const size_t marked = count_https(addrs);
  if (marked > 0 && marked < addrs->value.items.size())
    problems.add(addrs->value.at,
                 "addrs: https:// stands before all origins of an upstream, or none");
  if (marked > 0 && !tls) group.tls.emplace();
  if (marked > 0 && tls && !group.tls && tls->value.kind == Value::Kind::boolean)
    problems.add(tls->value.at, "tls is false, and addrs begin with https://");
  const bool named = tls && tls->value.find("name");  // well, or told already
  if (!group.tls || named) return;
  if (group.tls->verify)
    return problems.add((tls ? tls : addrs)->value.at,
                        "tls: an address has no name that could be verified: say tls = "
                        "{ name = \"origin.example\" }, or verify = false in it");
  // Nobody looks at it: an address is at least no wrong name.
  const bool ip = !group.addrs.empty() && group.addrs.front().is_ip();
  group.tls_name = ip ? sys::ip_text(group.addrs.front()).view() : std::string_view("localhost");
}

}  // namespace zest::config
