// A chain of certificates that does not fit into the client's socket at once.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include "proxy/secure_client.h"

namespace zest::test {
namespace {

constexpr uint64_t given_id = 7;

Change with_long_flight(uint32_t handshake_ms) {
  return with_tls(tls::KernelMode::off, [=](proxy::Config& config) {
    proxy::ListenerConfig& listener = config.listeners[0];
    listener.id = given_id;
    listener.timeouts.handshake_ms = handshake_ms;
    listener.tls->certificates = {with_long_chain("flight", example_files())};
  });
}

// To that listener, with room for a part of it.
Fd connect_tightly(const Stage& stage) {
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  Fd near(fds[0]), far(fds[1]);
  const int size = 8192;
  ::setsockopt(far.get(), SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  REQUIRE(stage.proxy->serve(std::move(far), given_id));
  return near;
}

// And reads nothing of what is answered.
void say_hello(SecureClient& client) {
  SSL_set0_rbio(client.ssl(), BIO_new(BIO_s_mem()));
  SSL_do_handshake(client.ssl());
}

}  // namespace

TEST_CASE("a long chain of certificates waits for a client that takes it slowly") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("hello")), with_long_flight(30'000));
    for (const bool version13 : {true, false}) {
      SecureClient client(connect_tightly(stage), {.version13 = version13});
      REQUIRE(client.shake_hands());
      CHECK(client.send(get("/")));
      CHECK(client.answer().body == "hello");
    }
    CHECK(stage.now().totals.handshakes == 2);
    CHECK(eventually([&] { return stage.at_rest(); }));
  });
}

TEST_CASE("who takes nothing of it is let go at the deadline, and who leaves at once") {
  on_each_backend([](BackendKind kind) {
    Stage stage(kind, answering(ok("hello")), with_long_flight(100));
    {
      SecureClient silent(connect_tightly(stage));
      say_hello(silent);
      CHECK(eventually([&] { return stage.fired(proxy::Timeout::handshake) == 1; }));
      SecureClient leaving(connect_tightly(stage));
      say_hello(leaving);
    }
    CHECK(eventually([&] { return stage.now().totals.handshakes_failed == 2; }));
    CHECK(eventually([&] { return stage.at_rest(); }));
  });
}

}  // namespace zest::test
