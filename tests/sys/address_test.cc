// Addresses as text, and back.
#include "sys/address.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <net/if.h>

#include <cstring>
#include <string>

#include "base/fd.h"
#include "sys/packed_address.h"
#include "sys/socket.h"

namespace zest::sys {
namespace {

using namespace std::string_literals;

std::string round_trip(const std::string& text) {
  const auto address = Address::parse(text);
  if (!address) return address.error().message.c_str();
  return address->format().c_str();
}

std::string complaint(const std::string& text) {
  const auto address = Address::parse(text);
  if (address) return "none";
  CHECK(address.error().status == Status::bad_address);
  return address.error().message.c_str();
}

TEST_CASE("an address that parses is written as it was") {
  for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:80",
                           "[::]:443", "[2001:db8::1]:8080", "[::ffff:10.0.0.1]:1",
                           "unix:/run/zest.sock", "unix:relative", "unix:@abstract", "unix:@a:b"})
    CHECK(round_trip(text) == text);
}

TEST_CASE("an address has one spelling on output") {
  CHECK(round_trip(":80") == "[::]:80");
  CHECK(round_trip("127.0.0.1:0080") == "127.0.0.1:80");
  CHECK(round_trip("[0:0:0:0:0:0:0:1]:80") == "[::1]:80");
  CHECK(round_trip("[2001:DB8::A]:80") == "[2001:db8::a]:80");
}

TEST_CASE("an IPv4 address is what the kernel wants") {
  const Address address = *Address::parse("192.0.2.7:8080");
  CHECK(address.family() == AF_INET);
  CHECK(address.is_ip());
  CHECK(address.size() == sizeof(sockaddr_in));
  CHECK(address.port() == 8080);
  CHECK(ntohl(address.ipv4().sin_addr.s_addr) == 0xc0000207);
  CHECK(address.format_ip().view() == "192.0.2.7");
}

TEST_CASE("an IPv6 address may name its interface, or number it") {
  const unsigned loopback = if_nametoindex("lo");
  REQUIRE(loopback > 0);
  const Address named = *Address::parse("[fe80::1%lo]:80");
  CHECK(named.family() == AF_INET6);
  CHECK(named.size() == sizeof(sockaddr_in6));
  CHECK(named.ipv6().sin6_scope_id == loopback);
  const auto again = Address::parse(named.format().view());
  REQUIRE(again);
  CHECK(again->ipv6().sin6_scope_id == loopback);
}

TEST_CASE("a bad address is refused, and told what it should look like") {
  CHECK(complaint("").find("needs a port") != std::string::npos);
  CHECK(complaint("127.0.0.1").find("needs a port") != std::string::npos);
  CHECK(complaint("localhost:80").find("names are not resolved") != std::string::npos);
  CHECK(complaint("::1:80").find("IPv6 needs brackets") != std::string::npos);
  CHECK(complaint("[::1]").find("the port must be") != std::string::npos);
  CHECK(complaint("[::g]:80").find("not an IPv6 address") != std::string::npos);
  CHECK(complaint("[fe80::1%nosuch0]:80").find("no such interface") != std::string::npos);
  CHECK(complaint("[fe80::1%this-name-is-too-long]:80").find("no such interface") !=
        std::string::npos);
}

TEST_CASE("a port is a number from 0 to 65535 and nothing else") {
  for (const char* port : {"", " 80", "80 ", "+80", "-1", "65536", "99999999999", "0x50", "80a"})
    CHECK(complaint("127.0.0.1:"s + port).find("the port must be") != std::string::npos);
}

TEST_CASE("hosts of odd shapes are refused") {
  for (const char* host :
       {"1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ", " 1.2.3.4", "[", "]", "[]", "[1.2.3.4]",
        "[::1", "::1]", "[[::1]]", "[::1%]", "01234567.8.9.10.11",
        "[1111:2222:3333:4444:5555:6666:7777:8888:9999]", "*"})
    CHECK(complaint(host + ":80"s) != "none");
}

TEST_CASE("a zero byte hides nothing behind it") {
  CHECK(complaint("127.0.0.1\0x:80"s) != "none");
  CHECK(complaint("[::1\0x]:80"s) != "none");
  CHECK(complaint("[fe80::1%lo\0x]:80"s) != "none");
  CHECK(complaint("unix:/tmp/a\0b"s) != "none");
}

TEST_CASE("a refusal of long nonsense stays short") {
  CHECK(complaint(std::string(5000, 'x') + ":80").size() < 256);
}

TEST_CASE("a family that zest does not serve has no port and no name") {
  sockaddr_storage other{};
  other.ss_family = AF_APPLETALK;
  const Address address = Address::from(reinterpret_cast<const sockaddr*>(&other), sizeof other);
  CHECK(address.size() <= Address::capacity());
  CHECK_FALSE(address.is_ip());
  CHECK_FALSE(address.is_wildcard());
  CHECK(address.port() == 0);
  CHECK(address.unix_name().empty());
  CHECK(address.format().view() == "unknown");
  CHECK(address.format_ip().empty());
}

TEST_CASE("no address at all is no address") {
  const Address address = Address::from(nullptr, 0);
  CHECK(address.family() == AF_UNSPEC);
  CHECK(address.format().view() == "unknown");
}

TEST_CASE("every address of a family is a wildcard") {
  CHECK(Address::parse("0.0.0.0:1")->is_wildcard());
  CHECK(Address::parse("[::]:1")->is_wildcard());
  CHECK(Address::parse(":1")->is_wildcard());
  CHECK_FALSE(Address::parse("127.0.0.1:1")->is_wildcard());
  CHECK_FALSE(Address::parse("[::1]:1")->is_wildcard());
  CHECK_FALSE(Address::parse("unix:@x")->is_wildcard());
}

TEST_CASE("IPv4 that came over IPv6 is known as such") {
  CHECK(Address::parse("[::ffff:10.0.0.1]:80")->is_mapped());
  CHECK(!Address::parse("[::10.0.0.1]:80")->is_mapped());
  CHECK(!Address::parse("10.0.0.1:80")->is_mapped());
  CHECK(Address::parse("[::ffff:0.0.0.0]:80")->is_wildcard());
  CHECK(!Address::parse("[::ffff:10.0.0.1]:80")->is_wildcard());
}

TEST_CASE("a port can be changed where there is one") {
  Address ipv4 = *Address::parse("127.0.0.1:0");
  ipv4.set_port(81);
  CHECK(ipv4.format().view() == "127.0.0.1:81");
  Address ipv6 = *Address::parse("[::1]:0");
  ipv6.set_port(82);
  CHECK(ipv6.format().view() == "[::1]:82");
  Address local = *Address::parse("unix:/x");
  local.set_port(83);
  CHECK(local.format().view() == "unix:/x");
}

TEST_CASE("a packed address is the same again, but for a Unix socket's name") {
  for (const char* text : {"127.0.0.1:80", "255.254.253.252:65535", "0.0.0.0:0", "[::1]:80",
                           "[2001:db8::5]:443", "[fe80::1%2]:1"}) {
    const Address address = *Address::parse(text);
    CHECK(PackedAddress(address).family() == address.family());
    CHECK(PackedAddress(address).unpack().format().view() == address.format().view());
  }
  const Address local = PackedAddress(*Address::parse("unix:/x")).unpack();
  CHECK(local.family() == AF_UNIX);
  CHECK(local.unix_name().empty());
  CHECK(PackedAddress().unpack().family() == AF_UNSPEC);
}

TEST_CASE("the text of an IP is without its port and its zone") {
  CHECK(ip_text(*Address::parse("10.200.3.4:80")).view() == "10.200.3.4");
  CHECK(ip_text(*Address::parse("255.255.255.255:80")).view() == "255.255.255.255");
  CHECK(ip_text(*Address::parse("[2001:db8::5]:443")).view() == "2001:db8::5");
  CHECK(ip_text(*Address::parse("unix:/x")).empty());
}

}  // namespace
}  // namespace zest::sys
