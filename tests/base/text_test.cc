// Text in a fixed buffer.
#include "base/text.h"

#include <doctest/doctest.h>

#include <string>

namespace zest {
namespace {

TEST_CASE("a new text is empty and ends with a zero") {
  const Text<8> text;
  CHECK(text.empty());
  CHECK(text.view().empty());
  CHECK(text.c_str()[0] == 0);
}

TEST_CASE("what is appended follows what was there") {
  Text<32> text;
  text.append("%s:", "port");
  text.append("%d", 80);
  CHECK(text.view() == "port:80");
  CHECK(std::string(text.c_str()) == "port:80");
}

TEST_CASE("what does not fit is cut off at the end") {
  Text<8> text;
  text.append("%s", "1234567");
  CHECK(text.view() == "1234567");
  text.append("8");
  CHECK(text.view() == "1234567");
  Text<8> longer;
  longer.append("%s", "123456789");
  CHECK(longer.view() == "1234567");
  longer.append("%s", "");
  CHECK(longer.view() == "1234567");
}

TEST_CASE("a text of one byte holds nothing but its end") {
  Text<1> text;
  text.append("x");
  CHECK(text.empty());
  CHECK(text.c_str()[0] == 0);
}

}  // namespace
}  // namespace zest
