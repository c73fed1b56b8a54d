// What is written of the PROXY protocol is read again as the same.
#include "preface/proxy_header.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

namespace zest::preface {
namespace {

sys::Address address(std::string_view text) { return *sys::Address::parse(text); }

std::string text_of(const sys::Address& address) { return address.format().c_str(); }

TEST_CASE("what is written is read again") {
  const char* pairs[][2] = {{"192.0.2.1:4711", "198.51.100.7:443"},
                            {"[2001:db8::1]:65535", "[::1]:1"},
                            {"255.255.255.255:65535", "255.255.255.255:65535"},
                            {"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
                             "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"}};
  for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2})
    for (const auto& [from, to] : pairs) {
      const ProxyHeaderText text = write_proxy_header(version, address(from), address(to));
      const ProxyHeader header = read_proxy_header(text.view());
      REQUIRE(header.state == ProxyHeader::State::done);
      CHECK(header.need == text.size);
      CHECK(header.named);
      CHECK(text_of(header.source) == from);
      CHECK(text_of(header.destination) == to);
    }
}

TEST_CASE("a socket of both families says IPv4 where it is IPv4") {
  const auto text = write_proxy_header(ProxyVersion::v1, address("[::ffff:192.0.2.1]:1"),
                                       address("[::ffff:192.0.2.2]:2"));
  CHECK(text.view() == "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
}

TEST_CASE("who is of another family than the server keeps a name") {
  for (const char* from : {"192.0.2.1:1", "[::ffff:192.0.2.1]:1"}) {
    const auto text =
        write_proxy_header(ProxyVersion::v1, address(from), address("[2001:db8::1]:2"));
    CHECK(text.view() == "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 1 2\r\n");
  }
  const auto text =
      write_proxy_header(ProxyVersion::v2, address("[2001:db8::1]:2"), address("192.0.2.1:1"));
  const ProxyHeader header = read_proxy_header(text.view());
  CHECK(text_of(header.source) == "[2001:db8::1]:2");
  CHECK(text_of(header.destination) == "[::ffff:192.0.2.1]:1");
}

TEST_CASE("who has no such address is not named") {
  for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2})
    for (const auto& [from, to] : {std::pair("unix:/a", "unix:/b"), {"192.0.2.1:1", "unix:/b"}}) {
      const ProxyHeaderText text = write_proxy_header(version, address(from), address(to));
      const ProxyHeader header = read_proxy_header(text.view());
      CHECK(header.state == ProxyHeader::State::done);
      CHECK_FALSE(header.named);
    }
  const auto none = write_proxy_header(ProxyVersion::none, address("[::1]:1"), address("[::1]:2"));
  CHECK(none.size == 0);
}

TEST_CASE("limits of a header are kept to the byte") {
  const auto text =
      write_proxy_header(ProxyVersion::v2, address("192.0.2.1:1"), address("192.0.2.2:2"));
  CHECK(read_proxy_header(text.view(), {.bytes = 28}).state == ProxyHeader::State::done);
  CHECK(read_proxy_header(text.view(), {.bytes = 27}).state == ProxyHeader::State::refused);
}

TEST_CASE("of what is spoilt in one place nothing is read that was not sent") {
  std::mt19937 random(1);
  const auto text =
      write_proxy_header(ProxyVersion::v2, address("192.0.2.1:1"), address("192.0.2.2:2"));
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes(text.view());
    bytes[random() % bytes.size()] = static_cast<char>(random());
    const ProxyHeader header = read_proxy_header(bytes);
    if (header.state == ProxyHeader::State::done) CHECK(header.need <= bytes.size());
  }
}

}  // namespace
}  // namespace zest::preface
