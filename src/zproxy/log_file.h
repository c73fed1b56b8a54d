// The file that log lines go to: appended to, opened anew on demand, and allowed to fail.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace zest::zproxy {

class LogFile {
 public:
  // A path, or "stdout". A write to what is not a regular file waits for its reader, at most until
  // `ending` is set and a second more.
  static Result<LogFile> open(const std::string& path, const std::atomic<bool>& ending);

  // Whether open() would find fault with it; also for "off".
  static Result<void> check(const std::string& path);

  // The path again, which logrotate has moved away. On failure the old file stays in use.
  Result<void> reopen();

  // Whole lines. After a failure within a line the next write begins a new one.
  Result<void> write(std::string_view lines);

  const std::string& path() const { return path_; }

 private:
  LogFile(std::string path, const std::atomic<bool>& ending)
      : path_(std::move(path)), ending_(&ending) {}

  Result<void> wait_writable();
  Result<size_t> write_some(std::string_view text);
  int fd() const;

  std::string path_;
  const std::atomic<bool>* ending_;
  Fd file_;
  bool regular_ = false;
  int steps_left_ = 10;  // of waiting, once it is ending: for all that is still to be written
  bool torn_ = false;    // the last byte written is no newline
};

}  // namespace zest::zproxy
