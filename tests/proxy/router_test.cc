// Which route a request takes.
#include "proxy/router.h"

#include <doctest/doctest.h>

namespace zest::proxy {
namespace {

// The upstream's number says which one it was.
RouteConfig to(size_t upstream, std::string host, std::string path) {
  RouteConfig route{.host = std::move(host), .path = std::move(path)};
  route.upstream = upstream;
  return route;
}

RouteConfig redirect(std::string host = "", std::string path = "/") {
  RouteConfig route = to(0, std::move(host), std::move(path));
  route.to_https = true;
  return route;
}

RouteConfig plain(RouteConfig route) {
  route.plain = true;
  return route;
}

constexpr int nowhere = -1;
constexpr int https = -2;

int find(const Router& router, std::string_view host, std::string_view target,
         bool encrypted = false) {
  const RouteConfig* found = router.find(host, target, encrypted);
  if (!found) return nowhere;
  return found->to_https ? https : static_cast<int>(found->upstream);
}

}  // namespace

TEST_CASE("the most specific host wins, then the longest path, whatever their order") {
  const Router router({to(1, "", "/"), to(2, "", "/a/b"), to(3, "*.test", "/"),
                       to(4, "x.test", "/"), to(5, "x.test", "/a")});
  CHECK(find(router, "other", "/a") == 1);
  CHECK(find(router, "other", "/a/b?c") == 2);
  CHECK(find(router, "y.test:80", "/a/b") == 3);
  CHECK(find(router, "X.Test", "/b") == 4);
  CHECK(find(router, "x.test", "/a/b") == 5);
}

TEST_CASE("a host with the dot that makes it whole is that host") {
  const Router router({to(1, "x.test", "/"), to(2, "*.x.test", "/")});
  for (const char* host : {"x.test.", "x.test.:8080", "X.TEST."})
    CHECK(find(router, host, "/") == 1);
  CHECK(find(router, "a.x.test.", "/") == 2);
  for (const char* host : {"x.test..", ".", "", ".:80"}) CHECK(find(router, host, "/") == nowhere);
}

TEST_CASE("a redirect comes before every route of its host and path, but for plain ones") {
  const Router router({redirect(), to(1, "", "/"), to(2, "x.test", "/api/"),
                       plain(to(3, "", "/.well-known/acme-challenge/"))});
  const std::string challenge = "/.well-known/acme-challenge/abc";
  CHECK(find(router, "x.test", "/") == https);
  CHECK(find(router, "x.test", "/api/y") == https);
  CHECK(find(router, "x.test", challenge) == 3);
  CHECK(find(router, "x.test", "/.well-known/acme-challenges") == https);
  CHECK(find(router, "x.test", "/.well-known/../") == https);
  CHECK(find(router, "x.test", "/api/y", true) == 2);
  CHECK(find(router, "x.test", challenge, true) == 3);
}

TEST_CASE("a plain route is spared where it is the one that would answer, and nowhere else") {
  const Router router({redirect("x.test"), plain(to(1, "", "/a")), to(2, "x.test", "/a")});
  CHECK(find(router, "x.test", "/a") == https);
  CHECK(find(router, "y.test", "/a") == 1);
  CHECK(find(Router({redirect()}), "x.test", "/") == https);
  CHECK(find(Router({redirect()}), "x.test", "/", true) == nowhere);
}

}  // namespace zest::proxy
