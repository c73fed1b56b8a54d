// Settings on their way from a file: what is read, then what only the whole can tell.
#pragma once

#include "config/keys.h"

namespace zest::config {

class Draft {
 public:
  Draft(Settings& settings, Problems& problems) : settings_(settings), problems_(problems) {}

  void read(const Value& document);

 private:
  struct Section {
    const char* name;
    void (Draft::*read)(const Entry& entry);
  };
  // A route, and where its upstream's name stands.
  struct PlacedRoute {
    RouteDraft draft;
    Position at;
    Position upstream_at;
  };
  static const Section sections[];

  void read_entry(const Entry& entry);
  void read_io(const Entry& entry);
  void read_admin(const Entry& entry);
  void read_listeners(const Entry& entry);
  void read_listener(const Value& table);
  void read_upstreams(const Entry& entry);
  void read_upstream(const Entry& entry);
  void read_routes(const Entry& entry);
  void read_route(const Value& table);
  void check_route(const Value& table, const PlacedRoute& placed);
  bool needs_upstream() const;
  bool is_table(const Entry& entry, const char* shown);
  bool is_list_of_tables(const Entry& entry, const char* shown);

  void check_presence(const Value& document);
  void check_listeners();
  void check_listener_ids();
  void tell_clash(const char* whose, const sys::Address& bind, Position at, size_t listener);
  void check_modes();
  void check_mode(proxy::ListenerConfig& listener, Position at);
  void default_upstream(proxy::ListenerConfig& listener, Position at);
  std::optional<size_t> find_upstream(const std::string& name, Position at);
  void resolve_routes();
  void resolve_route(const PlacedRoute& route);
  void check_sni(const PlacedRoute& route);
  void check_unique(const PlacedRoute& route);
  bool route_exists(const proxy::RouteConfig& route) const;

  Settings& settings_;
  Problems& problems_;
  std::vector<Position> listeners_at_;  // of each bind
  std::vector<Position> listeners_upstream_at_;
  Position admin_at_;
  std::vector<PlacedRoute> routes_;
};

}  // namespace zest::config
