// The message out of its records: a ClientHello may be cut anywhere into several.
#pragma once

#include <array>
#include <string_view>

#include "preface/client_hello.h"

namespace zest::preface {

class HelloRecords {
 public:
  static constexpr size_t message_max = 16'384;

  // True: message() is whole. Else `into` says what is lacking or wrong.
  bool read(std::string_view bytes, const HelloLimits& limits, ClientHello& into);
  // Without its type and size.
  std::string_view message() const;

 private:
  bool take(std::string_view fragment, const HelloLimits& limits, ClientHello& into);
  size_t wanted() const;

  size_t size_ = 0;
  std::array<char, message_max> bytes_;
};

}  // namespace zest::preface
