// zproxy's log: lines to stderr, in UTC. Any thread. spdlog stays in log.cc.
#pragma once

#include <memory>

#include "config/settings.h"

namespace zest::zproxy {

class Log {
 public:
  explicit Log(config::LogLevel level);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_level(config::LogLevel level);

  // What was asked for by starting or ending: at every level but off.
  [[gnu::format(printf, 2, 3)]] void say(const char* format, ...);

  [[gnu::format(printf, 2, 3)]] void info(const char* format, ...);
  [[gnu::format(printf, 2, 3)]] void warn(const char* format, ...);
  [[gnu::format(printf, 2, 3)]] void error(const char* format, ...);

 private:
  struct Loggers;
  std::unique_ptr<Loggers> loggers_;
};

}  // namespace zest::zproxy
