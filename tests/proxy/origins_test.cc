// Origins that are gone, that refuse, and several of them.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

constexpr const char* no_body = "Content-Length: 0\r\n";

// Where nobody listens.
sys::Address nowhere() { return listening().address; }

// One answer per connection, which then ends a while after its client has been answered.
void close_later(Visit& visit) {
  if (visit.request().whole) visit.send(ok("x"));
  pause_ms(20);
}

// The first request of a connection is answered; the second is its end.
void die_at_second(Visit& visit) {
  if (visit.request().whole) visit.send(ok("first"));
  if (visit.request().whole) visit.reset();
}

}  // namespace

TEST_CASE("an idle connection that its origin closes is not used again") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, close_later);
    Client client(stage);
    for (int i = 1; i <= 3; ++i) {
      client.send(post("body"));
      CHECK(client.answer().status() == 200);
      CHECK(eventually([&] { return stage.now().idle_links == 0; }));
    }
    CHECK(stage.now().totals.upstream_closed_idle == 3);
    CHECK(stage.now().totals.upstream_retries == 0);
  });
}

TEST_CASE("what dies on a reused connection is asked again where that does no harm") {
  on_each_backend([](BackendKind kind) {
    for (const char* method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "X"}) {
      CAPTURE(method);
      const std::string_view name = method;
      const bool harmless = name != "POST" && name != "PATCH" && name != "X";
      Stage stage(kind, die_at_second);
      Client client(stage);
      client.send(get());
      CHECK(client.answer().body == "first");
      const char* length = std::string_view("PUT OPTIONS").contains(name) ? no_body : "";
      client.send(std::string(name) + " /again HTTP/1.1\r\nHost: a\r\n" + length + "\r\n");
      const Message answer = name == "HEAD" ? client.answer_to_head() : client.answer();
      CHECK(answer.status() == (harmless ? 200 : 502));
      CHECK(stage.now().totals.upstream_retries == (harmless ? 1 : 0));
      CHECK(stage.origin.requests().size() == (harmless ? 3 : 2));
    }
  });
}

TEST_CASE("a request with a body is not sent twice, and neither what was answered in part") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, die_at_second);
    Client client(stage);
    client.send(get());
    CHECK(client.answer().whole);
    client.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    CHECK(client.answer().status() == 502);
    CHECK(stage.origin.requests().size() == 2);

    Stage partly(kind, [](Visit& visit) {
      if (visit.request().whole) visit.send(ok("first"));
      if (visit.request().whole) visit.send("HTTP/1.1 2");
    });
    Client other(partly);
    other.send(get() + get());
    CHECK(other.answer().status() == 200);
    CHECK(other.answer().status() == 502);
    CHECK(partly.origin.requests().size() == 2);
  });
}

TEST_CASE("a fresh connection that dies is not tried again") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) { visit.request(); });
    const Message answer = ask(stage, get());
    CHECK(answer.status() == 502);
    CHECK(stage.origin.connections() == 1);
    CHECK(stage.now().totals.upstream_retries == 0);
  });
}

TEST_CASE("what an origin sends unasked is never an answer") {
  on_each_backend([](BackendKind kind) {
    const std::string evil = ok("evil");
    // Behind an answer, at once and later; on an idle connection, with and without its end.
    for (int when = 0; when < 3; ++when) {
      CAPTURE(when);
      Stage stage(kind, [&](Visit& visit) {
        while (visit.request().whole) {
          visit.send(when == 0 ? ok("good") + evil : ok("good"));
          if (when == 0) continue;
          pause_ms(5);
          visit.send(when == 1 ? evil : evil.substr(0, 10));
        }
      });
      for (int i = 0; i < 3; ++i) {
        CHECK(ask(stage, get()).body == "good");
        CHECK(eventually([&] { return stage.now().idle_links == 0; }));
      }
      CHECK(stage.origin.connections() == 3);
    }
  });
}

TEST_CASE("a body that belongs to no body is not the next answer") {
  on_each_backend([](BackendKind kind) {
    for (const char* head : {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
      CAPTURE(head);
      Stage stage(kind, answering(head + ok("evil")));
      Client client(stage);
      for (int i = 0; i < 3; ++i) {
        client.send(get());
        const Message answer = client.answer();
        CHECK(answer.body == "");
        CHECK(answer.status() == atoi(head + 9));
      }
      CHECK(stage.origin.connections() == 3);
    }
  });
}

TEST_CASE("an origin that refuses is a 502 at once, and the connection stays") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")),
                [](proxy::Config& config) { config.upstreams[0].addrs = {nowhere()}; });
    Client client(stage);
    for (int i = 0; i < 3; ++i) {
      client.send(get());
      const Message answer = client.answer();
      CHECK(answer.status() == 502);
      CHECK(answer.body == "502 Bad Gateway\n");
    }
    CHECK(stage.now().totals.upstream_connect_failures == 3);
    CHECK(stage.now().totals.answers[5] == 3);
  });
}

TEST_CASE("all origins are tried before anybody is refused") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("x")), [](proxy::Config& config) {
      config.upstreams[0].addrs.insert(config.upstreams[0].addrs.begin(), {nowhere(), nowhere()});
    });
    for (int i = 0; i < 6; ++i) {
      CHECK(ask(stage, get()).body == "x");
      CHECK(ask(stage, post("body")).body == "x");
    }
  });
}

TEST_CASE("a Unix socket whose queue is full is waited for, as long as for any connection" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    const auto address = *sys::Address::parse("unix:@zest-full-" + std::to_string(::getpid()));
    const Fd full(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(full.get(), address.get(), address.size()) == 0);
    REQUIRE(::listen(full.get(), 0) == 0);
    std::vector<Fd> waiting;
    while (waiting.size() < 10) {
      Fd next(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      if (::connect(next.get(), address.get(), address.size()) != 0) break;
      waiting.push_back(std::move(next));
    }
    REQUIRE(errno == EAGAIN);
    for (const uint32_t timeout_ms : {30u, 30'000u}) {
      Stage stage(kind, answering(ok("x")), [&](proxy::Config& config) {
        config.upstreams[0].addrs = {address};
        config.upstreams[0].connect_timeout_ms = timeout_ms;
      });
      Client client(stage);
      client.send(get());
      if (timeout_ms == 30) {
        CHECK(client.answer().status() == 504);
        continue;
      }
      CHECK(client.silent(30));
      for (size_t i = 0; i < waiting.size(); ++i) Fd(::accept(full.get(), nullptr, nullptr));
      Wire origin(Fd(::accept(full.get(), nullptr, nullptr)));
      CHECK(origin.head().starts_with("GET "));
      origin.send(ok("at last"));
      CHECK(client.answer().body == "at last");
    }
  });
}

TEST_CASE("round robin takes turns") {
  on_each_backend([](BackendKind kind) {
    Origin other(answering(ok("other")));
    Stage stage(kind, answering(ok("one")), [&](proxy::Config& config) {
      config.upstreams[0].addrs.push_back(other.address());
    });
    std::map<std::string, int> answers;
    Client client(stage);
    for (int i = 0; i < 10; ++i) {
      client.send(get());
      ++answers[client.answer().body];
    }
    CHECK(answers["one"] == 5);
    CHECK(answers["other"] == 5);
    CHECK(stage.origin.connections() == 1);
    CHECK(other.connections() == 1);
  });
}

TEST_CASE("least connections leaves a busy origin alone") {
  on_each_backend([](BackendKind kind) {
    Origin quick(answering(ok("quick")));
    Stage stage(
        kind,
        [](Visit& visit) {
          while (visit.request().whole) {
            while (!visit.stopping() && visit.silent(5)) {
            }
            visit.send(ok("slow"));
          }
        },
        [&](proxy::Config& config) {
          config.upstreams[0].addrs.push_back(quick.address());
          config.upstreams[0].strategy = upstream::Strategy::least_connections;
        });
    Client stuck(stage);
    Client client(stage);
    stuck.send(get());
    // Wherever that went, at most one more goes to the slow one.
    int slow = eventually([&] { return stage.origin.requests().size() == 1; }) ? 1 : 0;
    CHECK(slow == 1);
    for (int i = 0; i < 10; ++i) {
      client.send(get());
      CHECK(client.answer().body == "quick");
    }
    CHECK(stage.origin.requests().size() == 1);
  });
}

TEST_CASE("routes: by host, then by path; 404 where none leads") {
  on_each_backend([](BackendKind kind) {
    Origin api(answering(ok("api")));
    Stage stage(kind, answering(ok("app")), [&](proxy::Config& config) {
      config.upstreams.push_back(config.upstreams[0]);
      config.upstreams[1].addrs = {api.address()};
      config.routes = {{.host = "a.test", .path = "/", .upstream = 0, .set_host = ""},
                       {.host = "a.test", .path = "/api", .upstream = 1, .set_host = ""},
                       {.host = "*.b.test", .path = "/", .upstream = 1, .set_host = ""}};
    });
    Client client(stage);
    const auto answer = [&](const std::string& host, const std::string& target) {
      client.send("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      const Message got = client.answer();
      return got.status() == 200 ? got.body : std::to_string(got.status());
    };
    CHECK(answer("a.test", "/") == "app");
    CHECK(answer("A.Test:8080", "/x") == "app");
    CHECK(answer("a.test", "/api") == "api");
    CHECK(answer("a.test", "/api/x") == "api");
    CHECK(answer("a.test", "/api?x") == "api");
    CHECK(answer("a.test", "/apix") == "app");
    CHECK(answer("x.b.test", "/") == "api");
    CHECK(answer("b.test", "/") == "404");
    CHECK(answer("c.test", "/api") == "404");
    CHECK(answer("", "/") == "404");
    CHECK(stage.now().totals.answers[4] == 3);
  });
}

}  // namespace zest::test
