// Settings out of a file and flags.
#include "config/address.h"
#include "config/load.h"
#include "config/named_files.h"
#include "config/tls_keys.h"
#include "proxy/proxy.h"
#include "zproxy/command.h"

namespace zest::zproxy {
namespace {

constexpr const char* demo_address = "127.0.0.1:8080";

class Builder {
 public:
  Builder(const Command& command, std::string& complaint)
      : command_(command), complaint_(complaint) {}

  std::optional<config::Settings> build() {
    if (command_.file.empty()) {
      take_flags();
    } else {
      take_file();
    }
    override();
    if (complaint_.empty()) check_files();
    if (!complaint_.empty()) return {};
    return std::move(settings_);
  }

 private:
  void complain(const char* flag, const Error& error) {
    complaint_ += std::string(flag) + ": " + error.message.c_str() + '\n';
  }

  void take_file() {
    const auto text = config::read_file(command_.file);
    if (!text) {
      complaint_ += std::string(text.error().message.c_str()) + '\n';
      return;
    }
    config::Loaded loaded = config::load(*text);
    complaint_ += config::format(command_.file, loaded.problems);
    settings_ = std::move(loaded.settings);
    settings_.source = command_.file;
    for (const proxy::RouteConfig& route : settings_.proxy.routes)
      if (!route.hook.empty())
        complaint_ += command_.file + ": hook = \"" + route.hook +
                      "\" is for programs with a proxy inside (zest/hook.h): zproxy has none\n";
  }

  // The words were good: are the files that they name?
  void check_files() {
    std::vector<std::string> errors;
    const auto checked = proxy::Proxy::check(settings_.proxy, &errors);
    if (!checked && errors.empty()) errors.emplace_back(checked.error().message.view());
    complaint_ += config::format(settings_.source, config::placed(errors, settings_.files));
  }

  void take_flags() {
    for (const std::string& text : command_.listen) listen(text);
    if (command_.demo && command_.listen.empty()) listen(demo_address);
    upstream::GroupConfig group{.name = command_.demo ? "demo" : "origins"};
    for (const std::string& text : command_.to) {
      const auto address = config::parse_origin(text);
      if (address) group.addrs.push_back(*address);
      if (!address) complain("--to", address.error());
    }
    settings_.proxy.upstreams.push_back(std::move(group));
    settings_.proxy.routes.emplace_back();
  }

  void listen(const std::string& text) {
    const auto address = config::parse_address(text);
    if (!address) return complain("--listen", address.error());
    for (const proxy::ListenerConfig& other : settings_.proxy.listeners)
      if (config::clash(other.bind, *address))
        complaint_ += other.bind == *address ? "--listen: " + text + " twice\n"
                                             : "--listen: " + text + " clashes with " +
                                                   std::string(other.bind.format().view()) + '\n';
    proxy::ListenerConfig& listener = settings_.proxy.listeners.emplace_back();
    listener.bind = *address;
    if (command_.self_signed) listener.tls = config::self_signed_for(*address);
  }

  void override() {
    if (command_.workers) settings_.proxy.workers = *command_.workers;
    if (command_.access_log) settings_.access_log = *command_.access_log;
    if (!command_.admin) return;
    const auto address = config::parse_address(*command_.admin);
    if (!address) return complain("--admin", address.error());
    settings_.admin = *address;
    for (const proxy::ListenerConfig& listener : settings_.proxy.listeners)
      if (listener.mode != proxy::Mode::udp && config::clash(listener.bind, *address))
        complaint_ += "--admin: " + *command_.admin + " clashes with the listener at " +
                      std::string(listener.bind.format().view()) + '\n';
  }

  const Command& command_;
  std::string& complaint_;
  config::Settings settings_;
};

}  // namespace

std::optional<config::Settings> settings_of(const Command& command, std::string& complaint) {
  return Builder(command, complaint).build();
}

}  // namespace zest::zproxy
