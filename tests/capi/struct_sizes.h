/* A struct that says its size, given to a call with each size that it may be said to have. */
#ifndef ZEST_TESTS_CAPI_STRUCT_SIZES_H
#define ZEST_TESTS_CAPI_STRUCT_SIZES_H

#include <zest/base.h>

/* Makes the call with this struct, whose first member is struct_size. */
typedef zest_status (*sized_call)(void* context, void* sized);

struct sized {
  sized_call call;
  void* context;
  size_t size; /* what the struct has, and its alignment */
  size_t alignment;
};

/* Out structs: no size but those of a version is answered with anything but ZEST_UNSUPPORTED, and
 * no byte beyond the size is written. */
void check_sizes_of_out(const struct sized* sized);
/* In structs, likewise, which begin as these bytes; what this version does not know must be 0. */
void check_sizes_of_in(const struct sized* sized, const void* good);

#endif
