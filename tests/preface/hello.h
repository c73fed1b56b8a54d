// ClientHellos made by hand.
#pragma once

#include <string>

namespace zest::test {

inline std::string two(size_t n) { return {static_cast<char>(n >> 8), static_cast<char>(n)}; }

inline std::string sized(const std::string& bytes) { return two(bytes.size()) + bytes; }

inline std::string hello_extension(size_t type, const std::string& bytes) {
  return two(type) + sized(bytes);
}

inline std::string hello_message(const std::string& name, size_t padding = 0) {
  const std::string host = std::string(1, '\0') + sized(name);
  const std::string extensions =
      hello_extension(21, std::string(padding, '\0')) + hello_extension(0, sized(host));
  const std::string body = "\3\3" + std::string(32, 'r') + std::string(1, '\0') +
                           sized("\x13\x01") + std::string("\1\0", 2) + sized(extensions);
  return '\1' + std::string(1, '\0') + sized(body);
}

inline std::string hello_records(const std::string& message, size_t size = 16'384) {
  std::string bytes;
  for (size_t at = 0; at < message.size(); at += size)
    bytes += "\x16\3\1" + sized(message.substr(at, size));
  return bytes;
}

}  // namespace zest::test
