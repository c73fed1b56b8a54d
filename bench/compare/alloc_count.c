/* alloc_count.so: counts the calls that take or give back memory, of the program and of every
 * library in it. Preload it; common.c puts the count into its snapshots. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Atomic uint64_t calls;

static void count(void) { atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed); }

EXPORT uint64_t alloc_count(void);
EXPORT uint64_t alloc_count(void) { return atomic_load_explicit(&calls, memory_order_relaxed); }

EXPORT void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

EXPORT void *calloc(size_t items, size_t size) {
  count();
  return __libc_calloc(items, size);
}

EXPORT void *realloc(void *old, size_t size) {
  count();
  return __libc_realloc(old, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size) {
  count();
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return 12; /* ENOMEM */
  *out = memory;
  return 0;
}

EXPORT void free(void *memory) {
  if (memory) count();
  __libc_free(memory);
}
