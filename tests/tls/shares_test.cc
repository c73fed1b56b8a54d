// A peer's share of the key exchange that is no point of its curve, in whole handshakes.
#include <doctest/doctest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>

#include "tls/ends.h"
#include "tls/openssl.h"

namespace zest::tls {
namespace {

using namespace zest::test;

struct Curve {
  const char* name;
  uint16_t code;      // RFC 8446, 4.2.7
  size_t coordinate;  // bytes
  int nid;
};
constexpr Curve curves[] = {{"P-256", 23, 32, NID_X9_62_prime256v1},
                            {"P-384", 24, 48, NID_secp384r1},
                            {"P-521", 25, 66, NID_secp521r1}};

ClientConfig with(const Curve& curve, Version version) {
  ClientConfig config;
  config.preferences.groups = curve.name;
  config.preferences.version_min = config.preferences.version_max = version;
  return config;
}

ServerConfig taking(const Curve& curve) {
  ServerConfig config;
  config.preferences.groups = curve.name;
  return config;
}

std::string two_bytes(size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number)};
}

size_t number_at(const std::string& bytes, size_t at) {
  return static_cast<size_t>(static_cast<unsigned char>(bytes[at])) << 8 |
         static_cast<unsigned char>(bytes[at + 1]);
}

// `by` is modulo 2^16.
void grow(std::string& bytes, size_t at, size_t by) {
  bytes.replace(at, 2, two_bytes((number_at(bytes, at) + by) & 0xffff));
}

// The same ClientHello (one record) with another share; every length around it is right.
std::string with_share(std::string hello, const Curve& curve, const std::string& share) {
  const size_t size = 1 + 2 * curve.coordinate;
  const std::string head = std::string("\0\x33", 2) + two_bytes(size + 6) + two_bytes(size + 4) +
                           two_bytes(curve.code) + two_bytes(size);
  const size_t at = hello.find(head);
  REQUIRE(at != std::string::npos);
  hello.replace(at + head.size(), size, share);
  const size_t by = share.size() - size;
  grow(hello, at + 2, by);
  grow(hello, at + 4, by);
  grow(hello, at + 8, by);
  grow(hello, 3, by);  // of the record
  grow(hello, 7, by);  // of the message
  size_t extensions = 5 + 4 + 2 + 32;
  extensions += 1 + static_cast<unsigned char>(hello[extensions]);  // session id
  extensions += 2 + number_at(hello, extensions);                   // suites
  extensions += 1 + static_cast<unsigned char>(hello[extensions]);  // compressions
  grow(hello, extensions, by);
  return hello;
}

std::string prime_of(const Curve& curve) {
  EC_GROUP* group = EC_GROUP_new_by_curve_name(curve.nid);
  std::string prime(curve.coordinate, 0);
  BN_bn2binpad(EC_GROUP_get0_field(group), reinterpret_cast<unsigned char*>(prime.data()),
               static_cast<int>(prime.size()));
  EC_GROUP_free(group);
  return prime;
}

struct Bad {
  const char* why;
  std::string share;
};

std::vector<Bad> bad_shares(const Curve& curve, const std::string& good) {
  const size_t size = curve.coordinate;
  const std::string x = good.substr(1, size);
  const std::string y = good.substr(1 + size);
  std::string off = good;
  off.back() = static_cast<char>(off.back() ^ 1);
  const std::string prime = prime_of(curve);
  return {{"not on the curve", off},
          {"zeros", "\4" + std::string(2 * size, 0)},
          {"x is the prime", "\4" + prime + y},
          {"y is the prime", "\4" + x + prime},
          {"all ones", "\4" + std::string(2 * size, '\xff')},
          {"infinity", std::string(1, 0)},
          {"infinity, as long as a point", std::string(1 + 2 * size, 0)},
          {"one byte short", good.substr(0, good.size() - 1)},
          {"one byte long", good + "x"},
          {"the form byte alone", "\4"},
          {"none", ""},
          {"compressed", (y.back() & 1 ? "\3" : "\2") + x},
          {"hybrid", (y.back() & 1 ? "\7" : "\6") + x + y}};
}

std::string share_in(const std::string& hello, const Curve& curve) {
  const size_t size = 1 + 2 * curve.coordinate;
  const size_t at = hello.find(two_bytes(curve.code) + two_bytes(size) + "\4");
  REQUIRE(at != std::string::npos);
  return hello.substr(at + 4, size);
}

void check_refused(End& end, const std::string& bytes) {
  end.waiting += bytes;
  end.open();
  CHECK(end.engine->state() == Engine::State::failed);
  CHECK(*end.engine->why());
  CHECK(end.data.empty());
}

}  // namespace

TEST_CASE("a ClientHello of TLS 1.3 with a bad share is refused") {
  for (const Curve& curve : curves) {
    CAPTURE(curve.name);
    const auto server = server_context(taking(curve));
    Ends ends(server, client_context(with(curve, Version::tls13)));
    const std::string hello = ends.client.take();
    const std::string good = share_in(hello, curve);
    for (const Bad& bad : bad_shares(curve, good)) {
      CAPTURE(bad.why);
      End end{.engine = *Engine::server(server)};
      check_refused(end, with_share(hello, curve, bad.share));
    }
    End end{.engine = *Engine::server(server), .waiting = with_share(hello, curve, good)};
    end.open();
    CHECK(end.engine->state() == Engine::State::handshake);
    CHECK(!end.take().empty());
  }
}

TEST_CASE("a ServerHello of TLS 1.3 with a bad share is refused") {
  for (const Curve& curve : curves) {
    CAPTURE(curve.name);
    const auto asking = client_context(with(curve, Version::tls13));
    for (const size_t at : {size_t{1}, curve.coordinate, 2 * curve.coordinate}) {
      Ends ends(server_context(taking(curve)), asking);
      ends.server.waiting = ends.client.take();
      ends.server.open();
      std::string answer = ends.server.take();
      const size_t share = answer.find(share_in(answer, curve));
      answer[share + at] = static_cast<char>(answer[share + at] ^ 1);
      check_refused(ends.client, answer);
    }
  }
}

TEST_CASE("a ClientKeyExchange of TLS 1.2 with a bad share is refused") {
  for (const Curve& curve : curves) {
    CAPTURE(curve.name);
    const size_t size = 1 + 2 * curve.coordinate;
    for (size_t which = 0; which < 5; ++which) {
      ServerConfig config = taking(curve);
      config.certificates = {example_rsa_files()};  // an ECDSA key has to be of the client's groups
      Ends ends(server_context(config), client_context(with(curve, Version::tls12)));
      ends.server.waiting = ends.client.take();
      ends.server.open();
      ends.client.waiting = ends.server.take();
      ends.client.open();
      std::string flight = ends.client.take();
      const size_t at = flight.find(static_cast<char>(size) + std::string("\4")) + 1;
      REQUIRE(at == 5 + 4 + 1);
      const Bad bad = bad_shares(curve, flight.substr(at, size))[which];
      CAPTURE(bad.why);
      flight.replace(at, size, bad.share);
      check_refused(ends.server, flight);
    }
  }
}

}  // namespace zest::tls
