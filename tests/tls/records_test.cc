// Records of every size, cut everywhere, sealed together.
#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "support/sockets.h"
#include "support/torture.h"
#include "tls/ends.h"

namespace zest::tls {
namespace {

using namespace zest::test;

ClientConfig of_version(Version version) {
  ClientConfig config;
  config.preferences.version_max = version;
  return config;
}

Ends opened(Version version) {
  Ends ends(server_context(), client_context(of_version(version)));
  ends.settle();
  REQUIRE(ends.open());
  return ends;
}

}  // namespace

TEST_CASE("records of odd sizes") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    Ends ends = opened(version);
    for (const size_t size :
         {1UL, 2UL, 15UL, 16UL, 17UL, 255UL, 16'383UL, 16'384UL, 16'385UL, 32'768UL, 100'001UL}) {
      CAPTURE(size);
      const std::string text = pattern(size, static_cast<unsigned>(size));
      ends.server.data.clear();
      ends.say(ends.client, text);
      CHECK((ends.server.data == text));
    }
  }
}

TEST_CASE("a flight cut at every byte is the same flight") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    Ends ends = opened(version);
    for (size_t cut = 1; cut < 120; ++cut) {
      const std::string text = pattern(60, static_cast<unsigned>(cut));
      const std::string sealed = ends.client.take(text) + ends.client.take(text);
      ends.server.data.clear();
      for (const std::string_view part :
           {std::string_view(sealed).substr(0, cut), std::string_view(sealed).substr(cut)}) {
        ends.server.waiting += part;
        ends.server.open();
      }
      CHECK(ends.server.data == text + text);
    }
  }
}

TEST_CASE("a handshake byte by byte") {
  for (const Version version : {Version::tls12, Version::tls13}) {
    Ends ends(server_context(), client_context(of_version(version)));
    for (int round = 0; round < 10 && !ends.open(); ++round) {
      for (auto [from, to] :
           {std::pair(&ends.client, &ends.server), {&ends.server, &ends.client}}) {
        for (const char c : from->take()) {
          to->waiting += c;
          to->open();
        }
      }
    }
    REQUIRE(ends.open());
    ends.say(ends.client, "hello");
    CHECK(ends.server.data == "hello");
  }
}

// In the handshake, and an answer to a change of keys, for which there was no room.
TEST_CASE("what could not be sent comes first the next time") {
  for (const size_t sent : {0UL, 1UL, 7UL}) {
    CAPTURE(sent);
    Ends ends(server_context(), client_context(of_version(Version::tls13)));
    std::array<std::byte, 40> room;
    std::span<iovec> none;
    const auto send_some = [&] {
      const size_t sealed = ends.server.engine->seal(none, room);
      const size_t taken = std::min(sealed, sent);
      CHECK(ends.server.engine->take_back(std::span(room).first(sealed).subspan(taken)));
      ends.client.waiting.append(reinterpret_cast<const char*>(room.data()), taken);
      return sealed;
    };
    ends.server.waiting = ends.client.take();
    ends.server.open();
    CHECK(send_some() == room.size());
    ends.settle();
    REQUIRE(ends.open());
    ends.server.engine->update_keys();
    CHECK(send_some() > 0);
    CHECK(ends.server.engine->wants_to_send());
    ends.say(ends.server, "after");
    CHECK(ends.client.data == "after");
    CHECK(!ends.server.engine->wants_to_send());
    ends.say(ends.client, "and back");
    CHECK(ends.server.data == "and back");
  }
}

TEST_CASE("many pieces become few records, into whatever room there is") {
  Ends ends = opened(Version::tls13);
  const std::string text = pattern(50'000);
  for (const size_t room_size : {100UL, 1000UL, 16'400UL, 70'000UL}) {
    std::vector<iovec> pieces;
    for (size_t at = 0; at < text.size(); at += 777)
      pieces.push_back({.iov_base = const_cast<char*>(text.data()) + at,
                        .iov_len = std::min<size_t>(777, text.size() - at)});
    pieces.push_back({.iov_base = nullptr, .iov_len = 0});
    std::span<iovec> plain(pieces);
    std::string room(room_size, 0);
    size_t rounds = 0;
    while (const size_t written =
               ends.client.engine->seal(plain, std::as_writable_bytes(std::span(room)))) {
      ends.server.waiting.append(room, 0, written);
      ends.server.open();
      ++rounds;
    }
    CHECK((ends.server.data == text));
    if (room_size == 70'000) CHECK(rounds == 1);
    ends.server.data.clear();
  }
  CHECK(Engine::sealed_size(50'000) < 70'000);
}

}  // namespace zest::tls
