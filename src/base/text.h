// Text in a fixed buffer: for messages that must be built where nothing may be allocated. What does
// not fit is cut off at the end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace zest {

template <size_t capacity>
class Text {
 public:
  constexpr Text() = default;

  [[gnu::format(printf, 2, 3)]] void append(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append_list(format, arguments);
    va_end(arguments);
  }

  void append_list(const char* format, va_list arguments) {
    const int written = vsnprintf(chars_.data() + size_, capacity - size_, format, arguments);
    if (written > 0) size_ = std::min(size_ + static_cast<size_t>(written), capacity - 1);
  }

  void append(std::string_view text) {
    const size_t size = std::min(text.size(), capacity - 1 - size_);
    std::copy_n(text.data(), size, chars_.data() + size_);
    size_ += size;
    chars_[size_] = '\0';
  }

  const char* c_str() const { return chars_.data(); }
  std::string_view view() const { return {chars_.data(), size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::array<char, capacity> chars_{};
  size_t size_ = 0;
};

}  // namespace zest
