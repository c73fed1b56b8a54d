// What the tests of config/ share.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "config/load.h"

namespace zest::config {

// All problems of a text, as zproxy prints them, without the file's name; "" if it is good.
inline std::string said(std::string_view text) { return format("f", load(text).problems); }

// A file that is good, to which a test adds.
inline std::string good_and(std::string_view more) {
  return "[[listener]]\nbind = \":80\"\n[upstream.app]\naddrs = [\"10.0.0.1:80\"]\n" +
         std::string(more);
}

struct Case {
  const char* more;  // behind a good file
  const char* told;
};

inline void tells(std::initializer_list<Case> cases, std::string (*told)(std::string_view)) {
  for (const Case& one : cases) {
    CAPTURE(one.more);
    CHECK(told(good_and(one.more)) == one.told);
  }
}

}  // namespace zest::config
