// Any sequence of calls of the C ABI, with handles that are NULL, freed, shut down or of the other
// mode, structs of any size and content, and calls from other threads: only known statuses, and at
// the end no fd and no thread more than before.
#include <dirent.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <unistd.h>

#include "base/assert.h"
#include "capi_player.h"

namespace {

size_t entries(const char* path) {
  DIR* folder = ::opendir(path);
  ZEST_ASSERT(folder);
  size_t count = 0;
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

// The kernel ends threads and rings a moment after they are joined or closed.
bool settles(const char* path, size_t expected) {
  for (int i = 0; i < 2000; ++i) {
    if (entries(path) <= expected) return true;
    ::usleep(1000);
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  const size_t fds = entries("/proc/self/fd");
  const size_t threads = entries("/proc/self/task");
  {
    zest::fuzz::Player player(input);
    for (int calls = 0; calls < 60 && input.remaining_bytes() > 0; ++calls) player.play();
  }
  ZEST_ASSERT(settles("/proc/self/fd", fds));
  ZEST_ASSERT(settles("/proc/self/task", threads));
  return 0;
}
