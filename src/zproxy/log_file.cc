#include "zproxy/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/fault.h"

namespace zest::zproxy {
namespace {

constexpr int step_ms = 100;
// What a pipe that polls as writable takes without making its writer wait.
constexpr size_t piece_max = 4096;

bool is_regular(int fd) {
  struct stat status{};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// Not blocking: a FIFO that nobody reads must not hold up the start.
Result<Fd> open_file(const std::string& path) {
  if (int error = sys::fault::at("open", ENOSPC))
    return fail_errno(error, "access log %s", path.c_str());
  constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd file(::open(path.c_str(), flags, 0640));
  if (!file.valid()) return fail_errno(errno, "access log %s", path.c_str());
  return file;
}

}  // namespace

Result<LogFile> LogFile::open(const std::string& path, const std::atomic<bool>& ending) {
  LogFile log(path, ending);
  if (path != "stdout") {
    auto file = open_file(path);
    if (!file) return fail(file.error());
    log.file_ = std::move(*file);
  }
  log.regular_ = is_regular(log.fd());
  return log;
}

// Nothing is made or opened: a FIFO's reader would see an end.
Result<void> LogFile::check(const std::string& path) {
  if (path == "off" || path == "stdout") return {};
  struct stat about{};
  int error = 0;
  if (::stat(path.c_str(), &about) == 0) {
    error = S_ISDIR(about.st_mode) ? EISDIR : ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
  } else if (errno != ENOENT || path.ends_with('/')) {
    error = errno;
  } else {
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    error = ::access(folder.c_str(), W_OK | X_OK) == 0 ? 0 : errno;
  }
  return error == 0 ? Result<void>() : fail_errno(error, "%s: access log", path.c_str());
}

int LogFile::fd() const { return file_.valid() ? file_.get() : STDOUT_FILENO; }

Result<void> LogFile::reopen() {
  if (!file_.valid()) return {};
  auto file = open_file(path_);
  if (!file) return fail(file.error());
  file_ = std::move(*file);
  regular_ = is_regular(fd());
  torn_ = false;
  return {};
}

Result<void> LogFile::write(std::string_view lines) {
  const char newline = '\n';
  if (torn_) {
    const auto mended = write_some({&newline, 1});
    if (!mended) return fail(mended.error());
    torn_ = false;
  }
  while (!lines.empty()) {
    const auto written = write_some(lines);
    if (!written) return fail(written.error());
    torn_ = *written > 0 && lines[*written - 1] != newline;
    lines.remove_prefix(*written);
  }
  return {};
}

Result<size_t> LogFile::write_some(std::string_view text) {
  if (!regular_) {
    text = text.substr(0, piece_max);
    if (const auto ready = wait_writable(); !ready) return fail(ready.error());
  }
  int error = sys::fault::at("write", ENOSPC);
  const ssize_t written = error ? -1 : ::write(fd(), text.data(), text.size());
  if (written >= 0) return static_cast<size_t>(written);
  if (error == 0) error = errno;
  if (error == EINTR || error == EAGAIN) return 0;
  return fail_errno(error, "access log %s", path_.c_str());
}

Result<void> LogFile::wait_writable() {
  while (steps_left_ > 0) {
    pollfd wanted{.fd = fd(), .events = POLLOUT, .revents = 0};
    if (::poll(&wanted, 1, step_ms) > 0) return {};
    if (ending_->load(std::memory_order_relaxed)) --steps_left_;
  }
  return fail(Status::timed_out, "access log %s: nobody reads it", path_.c_str());
}

}  // namespace zest::zproxy
