// What the system says of itself: limits, switches and counters that a setup report or a statistic
// shows. All of it is optional: a value that cannot be read is empty.
#pragma once

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace zest::sys {

// The number in a file such as /proc/sys/net/core/somaxconn.
std::optional<int64_t> read_number(const char* path);

struct FileLimit {
  uint64_t soft = 0;
  uint64_t hard = 0;
};
FileLimit file_limit();               // RLIMIT_NOFILE
std::optional<int64_t> open_files();  // of this process

Text<80> kernel_release();

// TcpExt of /proc/net/netstat, for the network namespace of the calling thread.
struct ListenCounters {
  uint64_t overflows = 0;  // ListenOverflows
  uint64_t drops = 0;      // ListenDrops
};
std::optional<ListenCounters> listen_counters();

}  // namespace zest::sys
