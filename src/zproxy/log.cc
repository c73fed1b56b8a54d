#include "zproxy/log.h"

#include <cstdarg>

// Header only, and so is fmt: nothing to install where zproxy runs.
#define FMT_HEADER_ONLY 1
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/text.h"

namespace zest::zproxy {
namespace {

using spdlog::level::level_enum;

level_enum level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::trace: return level_enum::trace;
    case config::LogLevel::debug: return level_enum::debug;
    case config::LogLevel::info: return level_enum::info;
    case config::LogLevel::warn: return level_enum::warn;
    case config::LogLevel::error: return level_enum::err;
    case config::LogLevel::off: return level_enum::off;
  }
  return level_enum::info;
}

void write(spdlog::logger& logger, level_enum level, const char* format, va_list arguments) {
  if (!logger.should_log(level)) return;
  Text<1024> line;
  line.append_list(format, arguments);
  logger.log(level, spdlog::string_view_t(line.c_str(), line.view().size()));
}

}  // namespace

struct Log::Loggers {
  std::shared_ptr<spdlog::sinks::stderr_sink_mt> sink =
      std::make_shared<spdlog::sinks::stderr_sink_mt>();
  spdlog::logger all{"zproxy", sink};
  spdlog::logger said{"zproxy", sink};
};

Log::Log(config::LogLevel level) : loggers_(std::make_unique<Loggers>()) {
  loggers_->sink->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v", spdlog::pattern_time_type::utc));
  set_level(level);
}

Log::~Log() = default;

void Log::set_level(config::LogLevel level) {
  loggers_->all.set_level(level_of(level));
  const bool off = level == config::LogLevel::off;
  loggers_->said.set_level(off ? level_enum::off : level_enum::info);
}

void Log::say(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write(loggers_->said, level_enum::info, format, arguments);
  va_end(arguments);
}

void Log::info(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write(loggers_->all, level_enum::info, format, arguments);
  va_end(arguments);
}

void Log::warn(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write(loggers_->all, level_enum::warn, format, arguments);
  va_end(arguments);
}

void Log::error(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write(loggers_->all, level_enum::err, format, arguments);
  va_end(arguments);
}

}  // namespace zest::zproxy
