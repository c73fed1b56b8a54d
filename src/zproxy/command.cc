#include "zproxy/command.h"

#include <CLI/CLI.hpp>

namespace zest::zproxy {
namespace {

constexpr int usage_status = 2;

constexpr const char* examples = R"(
  zproxy -c zproxy.toml          serve what the file says
  zproxy -t -c zproxy.toml       only look for what is wrong with it
  zproxy --listen :8080 --to 127.0.0.1:3000 --to 127.0.0.1:3001
  zproxy --demo                  an origin of its own on http://127.0.0.1:8080/

SIGTERM or SIGINT: come to an end in order; a second one: at once. SIGHUP: read the file again, and
the certificates that it names. SIGUSR1: open the access log again.
The file's keys: docs/OPERATOR.md)";

void add_options(CLI::App& app, Command& command) {
  app.add_option("-c,--config", command.file, "The configuration, in TOML");
  app.add_flag("-t,--test", command.test, "Test the configuration, and serve nothing");
  app.add_option("--listen", command.listen, "Without a file: listen here (repeatable)")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--to", command.to, "Without a file: an origin behind it (repeatable)")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--admin", command.admin, "Serve /metrics, /healthz and /readyz here");
  app.add_option("--access-log", command.access_log, "off, stdout or a file");
  app.add_option("--workers", command.workers, "Worker threads; 0: one per CPU")
      ->check(CLI::Range(0, 1024));
  app.add_flag("--demo", command.demo, "Listen on 127.0.0.1:8080 before an origin of its own");
  app.add_flag("--self-signed", command.self_signed,
               "Without a file: HTTPS, with a certificate made in memory, for development");
  app.add_flag("--version", command.version, "What this is, and what the kernel can do");
}

// What does not go together; nullptr: all is well.
const char* objection(const Command& command) {
  const bool flags = !command.listen.empty() || !command.to.empty();
  if (command.version) return nullptr;
  if (!command.file.empty() && (flags || command.demo || command.self_signed))
    return "-c says where to listen and whom to ask: no --listen, --to, --demo or --self-signed "
           "beside it";
  if (command.demo && !command.to.empty()) return "--demo has its own origin: no --to beside it";
  if (command.file.empty() && !command.demo && (command.listen.empty() || command.to.empty()))
    return "needs -c FILE, or --listen and --to, or --demo; --help tells";
  return nullptr;
}

}  // namespace

Parsed parse_command(int argc, char** argv) {
  Parsed parsed{.command = Command()};
  CLI::App app("zproxy: an HTTP/1.1 reverse proxy", "zproxy");
  app.footer(examples);
  add_options(app, *parsed.command);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {.command = {}, .status = app.exit(error) == 0 ? 0 : usage_status};
  }
  if (const char* why = objection(*parsed.command)) {
    fprintf(stderr, "zproxy: %s\n", why);
    return {.command = {}, .status = usage_status};
  }
  return parsed;
}

}  // namespace zest::zproxy
