// Answers that are wrong or not whole: never passed off as good ones.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

const char* const garbage[] = {
    "\x16\x03\x01 not http at all\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nxx",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "HTTP/2 200\r\n\r\n",
    "",
    "HTTP/1.1 200 OK\r\nX-A: ",
};

}  // namespace

TEST_CASE("garbage and cut heads are a 502, and the next request is not touched by them") {
  on_each_backend([](BackendKind kind) {
    for (const char* bytes : garbage) {
      CAPTURE(bytes);
      Stage stage(kind, [bytes](Visit& visit) {
        const Message request = visit.request();
        if (request.first_line().find("bad") != std::string::npos) {
          visit.send(bytes);
          visit.finish();
          visit.read_all();
        } else if (request.whole) {
          visit.send(ok("good"));
        }
      });
      Client client(stage);
      client.send(get("/bad") + get("/") + get("/bad") + get("/"));
      for (int i = 0; i < 2; ++i) {
        CHECK(client.answer().status() == 502);
        CHECK(client.answer().body == "good");
      }
      client.close();
      CHECK(stage.at_rest());
    }
  });
}

TEST_CASE("a head without end is a 502 as soon as it is too long") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      visit.request();
      visit.send("HTTP/1.1 200 OK\r\nX-A: ");
      while (visit.send(std::string(10'000, 'a'))) {
      }
    });
    CHECK(ask(stage, get()).status() == 502);
  });
}

TEST_CASE("a body that is cut short ends the client's connection short of its end") {
  on_each_backend([](BackendKind kind) {
    const std::string answers[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome",
        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'x'),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n0\r\nX-A: b\r\n",
    };
    size_t run = 0;
    for (const std::string& answer : answers) {
      for (const bool reset : {false, true}) {
        for (const char* version : {"1.1", "1.0"}) {
          if (tortured() && run++ % 3 != 0) continue;
          CAPTURE(answer.substr(0, 100));
          CAPTURE(reset);
          CAPTURE(version);
          Stage stage(kind, [&](Visit& visit) {
            if (!visit.request().whole) return;
            visit.send(answer);
            pause_ms(10);
            if (reset) visit.reset();
          });
          Client client(stage);
          client.send("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n\r\n");
          const Message got = client.answer();
          CHECK(!got.whole);
          CHECK(client.ended());
          CHECK(eventually([&] { return stage.notes.last().cut; }));
          client.close();
          CHECK(stage.at_rest());
        }
      }
    }
  });
}

TEST_CASE("an until-close answer that ends in a reset is not whole") {
  on_each_backend([](BackendKind kind) {
    for (const char* version : {"1.1", "1.0"}) {
      CAPTURE(version);
      Stage stage(kind, [](Visit& visit) {
        if (visit.request().whole) visit.send("HTTP/1.1 200 OK\r\n\r\nsome");
        pause_ms(20);
        visit.reset();
      });
      Client client(stage);
      client.send("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n\r\n");
      CHECK(!client.answer().whole);
    }
  });
}

TEST_CASE("answers that were whole reach their client before the cut of the next") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, [](Visit& visit) {
      for (Message request = visit.request(); request.whole; request = visit.request()) {
        const bool bad = request.first_line().find("bad") != std::string::npos;
        visit.send(bad ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
                       : ok("good"));
      }
    });
    Client client(stage);
    client.send(get() + get() + get("/bad"));
    CHECK(client.answer().body == "good");
    CHECK(client.answer().body == "good");
    CHECK(client.answer().status() == 502);
    CHECK(eventually([&] { return stage.notes.all().size() == 3; }));
    CHECK(!stage.notes.last().cut);
  });
}

TEST_CASE("answers that were whole reach a client that cuts its next request") {
  on_each_backend([](BackendKind kind) {
    for (const std::string& next : {post("abc"), post_chunked("abc")}) {
      Stage stage(kind, answering(ok("good")));
      Client client(stage);
      client.send(get() + get() + next.substr(0, next.size() - 1));
      client.finish();
      CHECK(client.answer().body == "good");
      CHECK(client.answer().body == "good");
      CHECK(client.ended());
      CHECK(stage.notes.last().status == 0);
      client.close();
      CHECK(stage.at_rest());
    }
  });
}

TEST_CASE("a client that is gone takes nobody with it") {
  on_each_backend([](BackendKind kind) {
    const std::string body = pattern(load(2'000'000));
    Stage stage(kind, answering(ok(body)));
    for (int i = 0; i < 5; ++i) {
      Client leaves(stage);
      leaves.send(get());
      leaves.read(static_cast<size_t>(i) * 1000);
      if (i % 2) leaves.reset();
    }
    const Message answer = ask(stage, get());
    CHECK((answer.body == body));
    CHECK(stage.at_rest());
  });
}

// Of so much that it fills all buffers in between, the kernel's as well, before the reset comes.
TEST_CASE("an upload that stands still ends with its client's reset" *
          doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    const auto read_head_alone = [](Visit& visit) {
      visit.receive_little();
      CHECK(visit.head().starts_with("POST"));
      while (!visit.stopping()) pause_ms(1);
    };
    Stage stage(kind, read_head_alone, [](proxy::Config& config) {
      config.upstreams[0].between_bytes_timeout_ms = 60'000;
      config.listeners[0].timeouts.body_ms = 60'000;
    });
    Client client(stage);
    client.send_until_stuck("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n" +
                                std::string(30'000'000, 'x'),
                            200);
    CHECK(stage.now().active == 1);
    client.reset();
    CHECK(stage.at_rest());
    CHECK(stage.fired(proxy::Timeout::between_bytes) == 0);
  });
}

}  // namespace zest::test
