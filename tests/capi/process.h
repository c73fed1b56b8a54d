/* For programs that open the libraries at run time, and are linked to neither them nor the other
 * helpers: functions by name, and what the process holds. */
#ifndef ZEST_TESTS_CAPI_PROCESS_H
#define ZEST_TESTS_CAPI_PROCESS_H

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUIRE(condition) \
  do { \
    if (!(condition)) { \
      printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1); \
    } \
  } while (0)

static inline void* open_at(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) printf("%s\n", dlerror());
  REQUIRE(library != NULL);
  return library;
}

static inline void find(void* library, const char* name, void* function) {
  void* found = dlsym(library, name);
  REQUIRE(found != NULL);
  memcpy(function, &found, sizeof found);
}

static inline size_t entries(const char* path) {
  DIR* folder = opendir(path);
  REQUIRE(folder != NULL);
  size_t count = 0;
  while (readdir(folder)) ++count;
  closedir(folder);
  return count - 2; /* "." and ".." */
}

static inline size_t resident_kb(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  size_t pages = 0;
  REQUIRE(file != NULL && fscanf(file, "%*u %zu", &pages) == 1);
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

#endif
