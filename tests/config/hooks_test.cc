// Routes with a hook, as a file says it.
#include <doctest/doctest.h>

#include "support.h"

namespace zest::config {
namespace {

std::string route(const char* lines) { return good_and("[[route]]\n" + std::string(lines)); }

TEST_CASE("a route with a hook and all that it can be told") {
  const Loaded loaded = load("hook_queue = 7\n" + route(R"(hook = "gate"
upstream = "app"
hook_timeout_ms = 5
hook_optional = true
)"));
  REQUIRE(format("f", loaded.problems) == "");
  const proxy::Config& config = loaded.settings.proxy;
  CHECK(config.hook_queue == 7);
  REQUIRE(config.routes.size() == 1);
  CHECK(config.routes[0].hook == "gate");
  CHECK(config.routes[0].upstream == 0);
  CHECK(config.routes[0].hook_timeout_ms == 5);
  CHECK(config.routes[0].hook_optional);
}

TEST_CASE("where a hook answers, nobody else need") {
  const char* text = "[[listener]]\nbind = \":80\"\n[[route]]\nhook = \"gate\"\n";
  const Loaded loaded = load(text);
  REQUIRE(format("f", loaded.problems) == "");
  REQUIRE(loaded.settings.proxy.routes.size() == 1);
  CHECK(loaded.settings.proxy.routes[0].upstream == proxy::no_upstream);
  const std::string with_tcp = std::string(text) + "[[listener]]\nbind = \":81\"\nmode = \"tcp\"\n";
  CHECK(said(with_tcp).find("no [upstream.<name>]") != std::string::npos);
}

TEST_CASE("what does not go together with a hook is told") {
  CHECK(said(route("hook = \"gate\"\nredirect = \"https\"")) ==
        "f:6:8: a route has a hook or a redirect, not both\n");
  CHECK(said(route("hook = \"gate\"\nhook_optional = true")) ==
        "f:7:17: hook_optional needs a hook and an upstream\n");
  CHECK(said(route("upstream = \"app\"\nhook_optional = true")) ==
        "f:7:17: hook_optional needs a hook and an upstream\n");
  CHECK(said(route("hook = \"\"")).find("f:6:8: ") != std::string::npos);
  CHECK(said(route("hook = \"a\"\nhook_timeout_ms = 0")).starts_with("f:7:19: "));
}

}  // namespace
}  // namespace zest::config
