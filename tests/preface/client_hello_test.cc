// ClientHellos beside the documents: random ones, spoilt ones, and those of real clients' size.
#include "preface/client_hello.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "http/guarded.h"
#include "preface/hello.h"

namespace zest::preface {
namespace {

using State = ClientHello::State;
using test::hello_message;
using test::hello_records;

TEST_CASE("a hello is found wherever its records are cut") {
  const std::string hello = hello_message("www.example.org", 300);
  for (size_t cut = 1; cut < hello.size(); ++cut) {
    const std::string bytes =
        hello_records(hello.substr(0, cut), cut) + hello_records(hello.substr(cut), hello.size());
    const ClientHello found = read_client_hello(bytes);
    REQUIRE(found.state == State::done);
    CHECK(found.server_name.view() == "www.example.org");
  }
}

TEST_CASE("a large hello is found, and a larger one refused") {
  CHECK(read_client_hello(hello_records(hello_message("a.b", 16'000), 16'384)).state ==
        State::done);
  CHECK(read_client_hello(hello_records(hello_message("a.b", 16'000), 1'000)).state == State::done);
  CHECK(read_client_hello(hello_records(hello_message("a.b", 16'384), 16'384)).state ==
        State::refused);
  CHECK(read_client_hello(hello_records(hello_message("a.b", 900), 100), {.bytes = 500}).state ==
        State::refused);
}

TEST_CASE("protocols that a client offers are told apart") {
  ClientHello hello;
  hello.alpn.append(std::string_view("\2h2\x8http/1.1", 12));
  CHECK(hello.offers("h2"));
  CHECK(hello.offers("http/1.1"));
  CHECK_FALSE(hello.offers("http/1"));
}

TEST_CASE("10,000 random hellos leave the reader as it was") {
  std::mt19937 random(7);
  test::Guarded memory(1 << 16);
  int done = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string hello = hello_message("n" + std::to_string(round) + ".example", random() % 400);
    const int spoilt = round % 4;  // 0: none
    for (int i = 0; i < spoilt; ++i) hello[random() % hello.size()] = static_cast<char>(random());
    std::string bytes = hello_records(hello, 1 + random() % 400);
    if (spoilt == 3) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (round % 16 == 5)
      for (char& c : bytes) c = static_cast<char>(random());
    if (round % 32 == 6) bytes.resize(random() % bytes.size());
    const ClientHello found = read_client_hello(memory.hold(bytes));
    done += found.state == State::done;
    if (found.state == State::more) CHECK(found.need > bytes.size());
    if (spoilt == 0 && found.state == State::done)
      CHECK(found.server_name.view() == "n" + std::to_string(round) + ".example");
  }
  CHECK(done > 2'000);
}

}  // namespace
}  // namespace zest::preface
