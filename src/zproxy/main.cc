// zproxy: reads what is asked for, and has it done.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>

#include "config/load.h"
#include "config/named_files.h"
#include "proxy/proxy.h"
#include "zproxy/command.h"
#include "zproxy/demo_origin.h"
#include "zproxy/log_file.h"
#include "zproxy/serve.h"
#include "zproxy/version.h"

namespace zest::zproxy {
namespace {

int complain(const char* text) {
  fprintf(stderr, "zproxy: %s\n", text);
  return 1;
}

void tell(const config::Settings& settings, const std::vector<config::Problem>& problems) {
  fputs(config::format(settings.source, problems).c_str(), stderr);
}

// All that can be known of them without serving.
int test(const config::Settings& settings) {
  if (const auto log = LogFile::check(settings.access_log); !log) {
    tell(settings, config::placed({log.error().message.c_str()}, settings.files));
    return 1;
  }
  std::vector<config::Problem> warnings = settings.warnings;
  if (const auto more = proxy::Proxy::check(settings.proxy))
    std::ranges::move(config::placed(*more, settings.files), std::back_inserter(warnings));
  for (config::Problem& warning : warnings) warning.text = "warning: " + warning.text;
  tell(settings, warnings);
  fprintf(stdout, "%s: good\n", settings.source.c_str());
  return 0;
}

int serve_demo(config::Settings settings, const Signals& signals) {
  const auto origin = DemoOrigin::start();
  if (!origin) return complain(origin.error().message.c_str());
  settings.proxy.upstreams.front().addrs.push_back(origin->address());
  const auto same = [settings](std::string&) { return std::optional(settings); };
  return serve(settings, signals, same, Invite::browser);
}

int run(int argc, char** argv) {
  const Parsed parsed = parse_command(argc, argv);
  if (!parsed.command) return parsed.status;
  const Command& command = *parsed.command;
  if (command.version) {
    fputs(describe().c_str(), stdout);
    return 0;
  }
  std::string complaint;
  std::optional<config::Settings> settings = settings_of(command, complaint);
  if (!settings) {
    fputs(complaint.c_str(), stderr);
    return 1;
  }
  if (command.test) return test(*settings);
  const auto signals = Signals::open();
  if (!signals) return complain(signals.error().message.c_str());
  if (command.demo) return serve_demo(std::move(*settings), *signals);
  const auto reread = [&](std::string& why) { return settings_of(command, why); };
  return serve(std::move(*settings), *signals, reread);
}

}  // namespace
}  // namespace zest::zproxy

int main(int argc, char** argv) {
  try {
    return zest::zproxy::run(argc, argv);
  } catch (const std::exception& error) {
    return zest::zproxy::complain(error.what());
  }
}
