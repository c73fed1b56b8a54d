#include "struct_sizes.h"

#include <string.h>

#include "check.h"

enum { room = 8192, tried_max = 5000, plausible_max = 4096, spoiled = 0x5a };

static union {
  uint32_t struct_size;
  uint64_t aligned;
  unsigned char bytes[room];
} large;

static size_t next_size(size_t size) { return size + (size < 600 ? 1 : 61); }

static int plausible(const struct sized* sized, size_t size) {
  return size >= sized->size && size <= plausible_max && size % sized->alignment == 0;
}

void check_sizes_of_out(const struct sized* sized) {
  for (size_t size = 0; size <= tried_max; size = next_size(size)) {
    memset(&large, spoiled, sizeof large);
    large.struct_size = (uint32_t)size;
    const int refused = sized->call(sized->context, &large) == ZEST_UNSUPPORTED;
    CHECK(refused == !plausible(sized, size));
    CHECK(large.struct_size == size);
    if (refused) CHECK(large.bytes[4] == spoiled);
    if (size >= 4) CHECK(large.bytes[size] == spoiled);
  }
}

void check_sizes_of_in(const struct sized* sized, const void* good) {
  for (size_t size = 0; size <= tried_max; size = next_size(size)) {
    memset(&large, 0, sizeof large);
    memcpy(&large, good, sized->size);
    large.struct_size = (uint32_t)size;
    const int refused = sized->call(sized->context, &large) == ZEST_UNSUPPORTED;
    CHECK(refused == !plausible(sized, size));
  }
  large.struct_size = (uint32_t)(sized->size + sized->alignment);
  large.bytes[sized->size] = 1;
  CHECK_STATUS(ZEST_UNSUPPORTED, sized->call(sized->context, &large));
}
