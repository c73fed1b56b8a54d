// A good file means what it says, and what it leaves out has its default.
#include <doctest/doctest.h>

#include "config/address.h"
#include "support.h"

namespace zest::config {
namespace {

constexpr std::string_view full = R"(
workers = 2
pin_cpus = false
max_connections = 5000
drain_timeout_ms = 1500
log_level = "warn"
access_log = "/var/log/zproxy/access.log"

[io]
backend = "epoll"
sq_depth = 1024
buf_count = 512
buf_size = 16384
sqpoll = true
send_zc = "auto"

[[listener]]
bind = "0.0.0.0:8080"
backlog = 100
max_connections = 1000
max_connections_per_client = 10
max_requests_per_connection = 50
max_head_bytes = 16384
max_request_line = 4096
max_fields = 64
max_body_bytes = 1000000
connection_timeout_ms = 30000
head_timeout_ms = 1000
body_timeout_ms = 2000
send_timeout_ms = 3000
exchange_timeout_ms = 4000
linger_timeout_ms = 500
x_forwarded = "replace"
forwarded = "append"
via = "front"
trusted_proxies = ["10.0.0.0/8", "::1"]

[[listener]]
bind = "unix:@zproxy"

[upstream.app]
addrs = ["127.0.0.1:3000", "[::1]:3001"]
strategy = "least_connections"
pool_size = 7
keepalive = false
max_requests_per_connection = 9
connect_timeout_ms = 11
failure_pause_ms = 12
first_byte_timeout_ms = 12
between_bytes_timeout_ms = 13
idle_timeout_ms = 14
tcp_fast_open = true

[upstream.static]
addrs = ["unix:/run/static.sock"]

[[route]]
host = "API.Example.org"
path = "/api/"
upstream = "app"
set_host = "internal:8080"

[[route]]
host = "*.example.org"
upstream = "static"

[admin]
bind = "127.0.0.1:9900"
)";

TEST_CASE("a file that says everything is all there") {
  const Loaded loaded = load(full);
  REQUIRE(format("f", loaded.problems) == "");
  const Settings& settings = loaded.settings;
  CHECK(settings.log_level == LogLevel::warn);
  CHECK(settings.access_log == "/var/log/zproxy/access.log");
  CHECK(settings.send_zc == SendZeroCopy::automatic);
  REQUIRE(settings.admin);
  CHECK(settings.admin->format().view() == "127.0.0.1:9900");
  CHECK(settings.proxy.workers == 2);
  CHECK_FALSE(settings.proxy.pin_cpus);
  CHECK(settings.proxy.connections == 5000);
  CHECK(settings.proxy.drain_timeout_ms == 1500);
  CHECK(settings.proxy.backend == io::BackendKind::epoll);
  CHECK(settings.proxy.sq_depth == 1024);
  CHECK(settings.proxy.buf_count == 512);
  CHECK(settings.proxy.buf_size == 16384);
  CHECK(settings.proxy.sqpoll);
}

TEST_CASE("a listener's limits, timeouts and forwarding") {
  const Loaded loaded = load(full);
  REQUIRE(loaded.settings.proxy.listeners.size() == 2);
  const proxy::ListenerConfig& listener = loaded.settings.proxy.listeners[0];
  CHECK(listener.bind.format().view() == "0.0.0.0:8080");
  CHECK(listener.backlog == 100);
  CHECK(listener.limits.connections == 1000);
  CHECK(listener.limits.connections_per_client == 10);
  CHECK(listener.limits.requests_per_connection == 50);
  CHECK(listener.limits.head.head_bytes == 16384);
  CHECK(listener.limits.head.request_line == 4096);
  CHECK(listener.limits.head.fields == 64);
  CHECK(listener.limits.body_bytes == 1'000'000);
  CHECK(listener.timeouts.idle_ms == 30'000);
  CHECK(listener.timeouts.head_ms == 1000);
  CHECK(listener.timeouts.body_ms == 2000);
  CHECK(listener.timeouts.send_ms == 3000);
  CHECK(listener.timeouts.exchange_ms == 4000);
  CHECK(listener.timeouts.linger_ms == 500);
  CHECK(listener.forwarded.x_forwarded == proxy::ForwardedMode::replace);
  CHECK(listener.forwarded.forwarded == proxy::ForwardedMode::append);
  CHECK(listener.forwarded.via == "front");
  REQUIRE(listener.forwarded.trusted.size() == 2);
  CHECK(format_block(listener.forwarded.trusted[0]) == "10.0.0.0/8");
  CHECK(format_block(listener.forwarded.trusted[1]) == "::1/128");
  CHECK(loaded.settings.proxy.listeners[1].bind.format().view() == "unix:@zproxy");
}

TEST_CASE("an upstream's origins, and how they are used") {
  const Loaded loaded = load(full);
  REQUIRE(loaded.settings.proxy.upstreams.size() == 2);
  const upstream::GroupConfig& app = loaded.settings.proxy.upstreams[0];
  CHECK(app.name == "app");
  REQUIRE(app.addrs.size() == 2);
  CHECK(app.addrs[1].format().view() == "[::1]:3001");
  CHECK(app.strategy == upstream::Strategy::least_connections);
  CHECK(app.pool_size == 7);
  CHECK_FALSE(app.keepalive);
  CHECK(app.requests_per_connection == 9);
  CHECK(app.connect_timeout_ms == 11);
  CHECK(app.failure_pause_ms == 12);
  CHECK(app.first_byte_timeout_ms == 12);
  CHECK(app.between_bytes_timeout_ms == 13);
  CHECK(app.idle_timeout_ms == 14);
  CHECK(app.tcp_fast_open);
  CHECK(loaded.settings.proxy.upstreams[1].addrs[0].format().view() == "unix:/run/static.sock");
}

TEST_CASE("routes find their upstream, and hosts are lower case") {
  const Loaded loaded = load(full);
  REQUIRE(loaded.settings.proxy.routes.size() == 2);
  const proxy::RouteConfig& api = loaded.settings.proxy.routes[0];
  CHECK(api.host == "api.example.org");
  CHECK(api.path == "/api/");
  CHECK(api.upstream == 0);
  CHECK(api.set_host == "internal:8080");
  const proxy::RouteConfig& any = loaded.settings.proxy.routes[1];
  CHECK(any.host == "*.example.org");
  CHECK(any.path == "/");
  CHECK(any.upstream == 1);
}

TEST_CASE("with one upstream no route is needed") {
  const Loaded loaded = load(good_and(""));
  REQUIRE(format("f", loaded.problems) == "");
  REQUIRE(loaded.settings.proxy.routes.size() == 1);
  CHECK(loaded.settings.proxy.routes[0].host == "");
  CHECK(loaded.settings.proxy.routes[0].path == "/");
  CHECK(loaded.settings.access_log == "off");
  CHECK_FALSE(loaded.settings.admin);
}

TEST_CASE("an IPv4 block is one of mapped addresses") {
  const auto block = parse_block("192.0.2.128/25");
  REQUIRE(block);
  CHECK(block->bits == 96 + 25);
  CHECK(block->ip[10] == 0xff);
  CHECK(block->ip[12] == 192);
  CHECK(format_block(*block) == "192.0.2.128/25");
  CHECK(format_block(*parse_block("2001:db8::/32")) == "2001:db8::/32");
  CHECK(parse_block("0.0.0.0/0")->bits == 96);
  CHECK(parse_block("::/0")->bits == 0);
}

}  // namespace
}  // namespace zest::config
