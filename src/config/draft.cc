// The file's tables, one by one. What they say together is in draft_whole.cc.
#include "config/draft.h"

#include "config/fill.h"
#include "config/texts.h"
#include "config/tls_keys.h"
#include "config/upstream.h"

namespace zest::config {
namespace {

constexpr size_t listeners_max = 1024;
constexpr size_t upstreams_max = 1024;
constexpr size_t routes_max = 4096;

// Where the key's value stands, or else its table.
Position place(const Value& table, std::string_view key) {
  const Entry* entry = table.find(key);
  return entry ? entry->value.at : table.at;
}

}  // namespace

const Draft::Section Draft::sections[] = {
    {"io", &Draft::read_io},
    {"listener", &Draft::read_listeners},
    {"upstream", &Draft::read_upstreams},
    {"route", &Draft::read_routes},
    {"admin", &Draft::read_admin},
};

void Draft::read(const Value& document) {
  for (const Entry& entry : document.entries) read_entry(entry);
  check_presence(document);
  check_listeners();
  check_modes();
  resolve_routes();
}

void Draft::read_entry(const Entry& entry) {
  for (const Section& section : sections)
    if (entry.name == section.name) return (this->*section.read)(entry);
  if (fill_one(settings_, entry, top_keys(), problems_)) return;
  std::vector<std::string_view> known = names_of(top_keys());
  for (const Section& section : sections) known.emplace_back(section.name);
  tell_unknown(entry, "", known, problems_);
}

bool Draft::is_table(const Entry& entry, const char* shown) {
  if (entry.value.kind == Value::Kind::table) return true;
  problems_.add(entry.at, "%s is %s: write it as %s", quoted(entry.name).c_str(),
                kind_name(entry.value.kind), shown);
  return false;
}

bool Draft::is_list_of_tables(const Entry& entry, const char* shown) {
  bool good = entry.value.kind == Value::Kind::array;
  for (const Value& item : entry.value.items) good = good && item.kind == Value::Kind::table;
  if (!good)
    problems_.add(entry.at, "%s is not a list of tables: write each as %s",
                  quoted(entry.name).c_str(), shown);
  return good;
}

void Draft::read_io(const Entry& entry) {
  if (is_table(entry, "[io]")) fill(settings_, entry.value, "[io]", io_keys(), problems_);
}

void Draft::read_admin(const Entry& entry) {
  if (!is_table(entry, "[admin]")) return;
  fill(settings_, entry.value, "[admin]", admin_keys(), problems_);
  admin_at_ = place(entry.value, "bind");
}

void Draft::read_listeners(const Entry& entry) {
  if (!is_list_of_tables(entry, "[[listener]]")) return;
  if (entry.value.items.size() > listeners_max)
    return problems_.add(entry.at, "more than %zu listeners", listeners_max);
  for (const Value& table : entry.value.items) read_listener(table);
}

void Draft::read_listener(const Value& table) {
  proxy::ListenerConfig listener;
  fill(listener, table, "[[listener]]", listener_keys(), problems_);
  if (listener.tls && !listener.tls->self_signed.empty())
    listener.tls = self_signed_for(listener.bind);
  settings_.proxy.listeners.push_back(std::move(listener));
  if (!table.find("bind") && !table.find("id")) problems_.add(table.at, "[[listener]] has no bind");
  listeners_at_.push_back(place(table, table.find("bind") ? "bind" : "id"));
  listeners_upstream_at_.push_back(place(table, "upstream"));
}

void Draft::read_upstreams(const Entry& entry) {
  if (!is_table(entry, "[upstream.<name>]")) return;
  if (entry.value.entries.size() > upstreams_max)
    return problems_.add(entry.at, "more than %zu upstreams", upstreams_max);
  for (const Entry& upstream : entry.value.entries) read_upstream(upstream);
}

void Draft::read_upstream(const Entry& entry) {
  if (!is_table(entry, "[upstream.<name>]")) return;
  if (const char* why = name_objection(entry.name))
    problems_.add(entry.at, "upstream %s: %s", quoted(entry.name).c_str(), why);
  upstream::GroupConfig group{.name = entry.name};
  const std::string table = "[upstream." + entry.name.substr(0, 64) + "]";
  read_group(group, entry.value, table.c_str(), problems_);
  settings_.proxy.upstreams.push_back(std::move(group));
}

void Draft::read_routes(const Entry& entry) {
  if (!is_list_of_tables(entry, "[[route]]")) return;
  if (entry.value.items.size() > routes_max)
    return problems_.add(entry.at, "more than %zu routes", routes_max);
  for (const Value& table : entry.value.items) read_route(table);
}

void Draft::read_route(const Value& table) {
  PlacedRoute route{.draft = {}, .at = table.at, .upstream_at = place(table, "upstream")};
  fill(route.draft, table, "[[route]]", route_keys(), problems_);
  check_route(table, route);
  routes_.push_back(std::move(route));
}

void Draft::check_route(const Value& table, const PlacedRoute& placed) {
  const proxy::RouteConfig& route = placed.draft.route;
  const bool asks = table.find("upstream");
  const bool hooked = !route.hook.empty();
  if (!asks && !route.to_https && !hooked) problems_.add(table.at, "[[route]] has no upstream");
  if (asks && route.to_https)
    problems_.add(placed.upstream_at, "a route has an upstream or a redirect, not both");
  if (hooked && route.to_https)
    problems_.add(place(table, "hook"), "a route has a hook or a redirect, not both");
  if (route.plain && route.to_https)
    problems_.add(place(table, "plain"), "a route is plain or has a redirect, not both");
  if (route.hook_optional && !(hooked && asks))
    problems_.add(place(table, "hook_optional"), "hook_optional needs a hook and an upstream");
}

}  // namespace zest::config
