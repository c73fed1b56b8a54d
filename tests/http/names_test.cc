// Names and their numbers.
#include "http/names.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace zest::http {
namespace {

TEST_CASE("each name is found by its text, in any case of letters") {
  for (size_t id = 1; id < name_count; ++id) {
    const auto name = static_cast<Name>(id);
    std::string text(text_of(name));
    REQUIRE(!text.empty());
    CHECK(name_of(text) == name);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    CHECK(name_of(text) == name);
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    CHECK(name_of(text) == name);
  }
}

TEST_CASE("what differs in any letter, or in length, is another name") {
  for (size_t id = 1; id < name_count; ++id) {
    const std::string text(text_of(static_cast<Name>(id)));
    for (size_t i = 0; i < text.size(); ++i) {
      for (const char c : {'q', '0', '_', '~', '\r', '\x0d', '\0'}) {
        std::string other = text;
        other[i] = c;
        if (!same_text(other, text)) CHECK(name_of(other) != static_cast<Name>(id));
      }
    }
    CHECK(name_of(text + "x") == Name::other);
    CHECK(name_of("x" + text) == Name::other);
    CHECK(name_of(text.substr(1)) != static_cast<Name>(id));
  }
}

TEST_CASE("numbers and texts stand in the same order") {
  CHECK(text_of(Name::other).empty());
  CHECK(text_of(Name::accept) == "Accept");
  CHECK(text_of(Name::content_length) == "Content-Length");
  CHECK(text_of(Name::host) == "Host");
  CHECK(text_of(Name::http2_settings) == "HTTP2-Settings");
  CHECK(text_of(Name::transfer_encoding) == "Transfer-Encoding");
  CHECK(text_of(Name::x_forwarded_proto) == "X-Forwarded-Proto");
  CHECK(text_of(Name::x_request_id) == "X-Request-ID");
  CHECK(name_of("") == Name::other);
  CHECK(name_of(std::string(1000, 'a')) == Name::other);
}

TEST_CASE("texts are compared without regard to the case of ASCII letters alone") {
  CHECK(same_text("", ""));
  CHECK(same_text("Chunked", "cHUNKED"));
  CHECK(!same_text("chunked", "chunke"));
  CHECK(!same_text("[", "{"));
  CHECK(!same_text("\xe4", "\xc4"));
}

}  // namespace
}  // namespace zest::http
