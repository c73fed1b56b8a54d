// All that a configuration says, as plain values: the proxy's, and what zproxy needs around it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/problems.h"
#include "proxy/config.h"

namespace zest::config {

enum class LogLevel : uint8_t { trace, debug, info, warn, error, off };

enum class SendZeroCopy : uint8_t { off, automatic };

// Where a file is named whose content counts, too.
struct NamedFile {
  std::string path;
  Position at;
};

struct Settings {
  proxy::Config proxy;
  LogLevel log_level = LogLevel::info;
  std::string access_log = "off";  // or "stdout", or a file's path
  std::optional<sys::Address> admin;
  SendZeroCopy send_zc = SendZeroCopy::off;
  std::string source = "flags";   // the file's name
  std::vector<NamedFile> files;   // in their order
  std::vector<Problem> warnings;  // of what is written, and has no effect
};

}  // namespace zest::config
