// Listeners in mode tcp: what comes goes to an origin as it is.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "proxy/stage.h"
#include "support/torture.h"

namespace zest::test {
namespace {

using proxy::TunnelEnd;

void to_app(proxy::Config& config) {
  config.listeners[0].mode = proxy::Mode::tcp;
  config.listeners[0].upstream = 0;
}

void say_back(Visit& visit) {
  for (std::string piece = visit.read(1); !piece.empty(); piece = visit.read(1)) visit.send(piece);
}

bool ended_as(const Stage& stage, TunnelEnd end, uint64_t count = 1) {
  return eventually([&] {
    const proxy::Totals totals = stage.now().totals;
    return totals.tunnel_ends[static_cast<size_t>(end)] == count && stage.now().tunnels == 0;
  });
}

// An address where nobody listens any more.
sys::Address nobody() { return listening().address; }

}  // namespace

TEST_CASE("what comes goes to an origin as it is, and back") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, to_app);
    Client client(stage);
    client.send("\x16\x03\x01 whatever \r\n\r\n");
    CHECK(client.read(17) == "\x16\x03\x01 whatever \r\n\r\n");
    CHECK(stage.now().tunnels == 1);
    client.finish();
    CHECK(client.ended());
    client.close();
    CHECK(ended_as(stage, TunnelEnd::done));
    CHECK(stage.at_rest());
    REQUIRE(eventually([&] { return stage.notes.all().size() == 1; }));
    const Notes::Note note = stage.notes.last();
    CHECK(note.tunnel == TunnelEnd::done);
    CHECK(note.upstream == "app");
    CHECK(note.method == "");
    CHECK(note.bytes_in == 17);
    CHECK(note.bytes_out == 17);
    CHECK(stage.now().totals.requests == 0);
  });
}

TEST_CASE("an origin may speak first, and end first") {
  on_each_backend([](BackendKind kind) {
    Stage stage(
        kind,
        [](Visit& visit) {
          visit.send("220 welcome\r\n");
          visit.finish();
          CHECK(visit.read_all() == "and goodbye");
        },
        to_app);
    Client client(stage);
    CHECK(client.read_all() == "220 welcome\r\n");
    client.send("and goodbye");
    client.finish();
    CHECK(ended_as(stage, TunnelEnd::done));
    client.close();
    CHECK(stage.at_rest());
  });
}

// An EPIPE that is only made up is followed by no end of the connection: both sides would wait for
// the idle deadline. The torture of tunnel_test has deadlines.
TEST_CASE("megabytes pass both ways without a byte wrong" * doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    const auto in_pieces = [](Visit& visit) {
      std::string piece(65'536, '\0');
      for (ssize_t n; (n = ::recv(visit.fd().get(), piece.data(), piece.size(), 0)) > 0;)
        if (!visit.send(std::string_view(piece).substr(0, static_cast<size_t>(n)))) return;
    };
    Stage stage(kind, in_pieces, to_app);
    const std::string bytes = pattern(load(4'000'000));
    Client client(stage);
    std::jthread sends([&] {
      client.send(bytes);
      client.finish();
    });
    const std::string back = read_to_end(client.fd());
    CHECK((back == bytes));
    CHECK(ended_as(stage, TunnelEnd::done));
  });
}

// With the rights for it tunnels pass in the kernel, else they are copied and a warning says so.
TEST_CASE("tunnels that are to pass through the socket map say all that is said") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.tunnel_engine = proxy::TunnelEngine::sockmap;
    });
    const proxy::Report report = stage.proxy->report();
    for (const std::string& warning : report.warnings)
      CHECK(warning.starts_with("tunnels pass as with \"auto\", not through the socket map: "));
    Client client(stage);
    for (int i = 0; i < (tortured() ? 3 : 300); ++i) {
      const std::string said = "message " + std::to_string(i);
      client.send(said);
      REQUIRE(client.read(said.size()) == said);
    }
    client.finish();
    CHECK(client.ended());
    client.close();
    CHECK(ended_as(stage, TunnelEnd::done));
    CHECK(eventually([&] { return stage.at_rest(); }));
    if (tortured() || !report.warnings.empty()) return;
    CHECK(stage.now().joined > 0);
    CHECK(stage.now().kernel_bytes > 0);
  });
}

TEST_CASE("an origin that refuses is passed over") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.upstreams[0].addrs.insert(config.upstreams[0].addrs.begin(), 3, nobody());
    });
    for (int i = 0; i < 4; ++i) {
      Client client(stage);
      client.send("x");
      CHECK(client.read(1) == "x");
    }
    CHECK(stage.now().totals.upstream_connect_failures > 0);
    CHECK(ended_as(stage, TunnelEnd::no_origin, 0));
  });
}

TEST_CASE("where all origins refuse the client is let go, and that is noted") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, [](proxy::Config& config) {
      to_app(config);
      config.upstreams[0].addrs = {nobody()};
    });
    Client client(stage);
    CHECK(client.read_all() == "");
    CHECK(ended_as(stage, TunnelEnd::no_origin));
    CHECK(eventually([&] { return stage.notes.last().tunnel == TunnelEnd::no_origin; }));
    CHECK((stage.notes.last().why == "no origin took the connection" || tortured()));
    client.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("a client that breaks breaks its origin, and the other way round") {
  on_each_backend([](BackendKind kind) {
    Stage stage(
        kind,
        [](Visit& visit) {
          if (visit.number == 1) CHECK(visit.read_all() == "");
          if (visit.number == 1) CHECK((visit.was_reset() || tortured()));
          // Not before the tunnel stands: a connection that is reset at once was none.
          if (visit.number == 2 && visit.read(1) == "x") visit.reset();
        },
        to_app);
    Client first(stage);
    REQUIRE(eventually([&] { return stage.now().tunnels == 1; }));
    first.reset();
    CHECK(ended_as(stage, TunnelEnd::client_broken));
    Client second(stage);
    second.send("x");
    CHECK(second.read_all() == "");
    CHECK(second.was_reset());
    CHECK(ended_as(stage, TunnelEnd::origin_broken));
    second.close();
    CHECK(stage.at_rest());
  });
}

TEST_CASE("tunnels go on through a reload") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, say_back, to_app);
    Client client(stage);
    client.send("a");
    CHECK(client.read(1) == "a");
    proxy::Config config = config_for(kind, stage.origin.address());
    to_app(config);
    config.listeners[0].backlog = 17;
    REQUIRE(stage.proxy->reload(config));
    client.send("b");
    CHECK(client.read(1) == "b");
    Client later(stage);
    later.send("c");
    CHECK(later.read(1) == "c");
    client.finish();
    CHECK(client.ended());
  });
}

}  // namespace zest::test
