#include "sys/system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/fd.h"
#include "sys/fault.h"

namespace zest::sys {
namespace {

std::string_view read_file(const char* path, char* into, size_t size) {
  if (fault::at("open", EMFILE)) return {};
  const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return {};
  size_t got = 0;
  while (got < size) {
    const ssize_t n = ::read(file.get(), into + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<size_t>(n);
  }
  return {into, got};
}

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// netstat has pairs of lines: names, then numbers in the same order.
uint64_t named_number(std::string_view names, std::string_view numbers, std::string_view wanted) {
  for (;;) {
    const std::string_view name = next_word(names);
    const std::string_view digits = next_word(numbers);
    if (name.empty()) return 0;
    uint64_t number = 0;
    if (name == wanted) {
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      return number;
    }
  }
}

}  // namespace

std::optional<int64_t> read_number(const char* path) {
  char buffer[32];
  const std::string_view text = read_file(path, buffer, sizeof buffer);
  int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc()) return std::nullopt;
  return number;
}

FileLimit file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  return {.soft = limit.rlim_cur, .hard = limit.rlim_max};
}

std::optional<int64_t> open_files() {
  if (fault::at("opendir", EMFILE)) return std::nullopt;
  DIR* const fds = ::opendir("/proc/self/fd");
  if (!fds) return std::nullopt;
  int64_t count = -1;  // the directory's own
  while (const dirent* entry = ::readdir(fds)) count += entry->d_name[0] != '.';
  ::closedir(fds);
  return count;
}

Text<80> kernel_release() {
  Text<80> release;
  utsname name{};
  if (::uname(&name) == 0) release.append("%s", name.release);
  return release;
}

std::optional<ListenCounters> listen_counters() {
  char buffer[16384];
  std::string_view text = read_file("/proc/thread-self/net/netstat", buffer, sizeof buffer);
  while (!text.empty()) {
    const std::string_view names = next_line(text);
    const std::string_view numbers = next_line(text);
    if (!names.starts_with("TcpExt:")) continue;
    return ListenCounters{.overflows = named_number(names, numbers, "ListenOverflows"),
                          .drops = named_number(names, numbers, "ListenDrops")};
  }
  return std::nullopt;
}

}  // namespace zest::sys
