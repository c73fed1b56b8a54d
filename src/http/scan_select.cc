#include <cstdlib>

#include "http/scan_kernels.h"

namespace zest::http {
namespace {

// The slowest first, and none that lacks what the one before it needs.
constexpr std::array all_scans{
    &scan_portable,
#if defined(__x86_64__)
    &scan_sse42,
    &scan_avx2,
    &scan_avx512,
#endif
};

#if defined(__x86_64__)
bool has(int supported) { return supported != 0; }

bool has_sse42() {
  return has(__builtin_cpu_supports("sse4.2")) && has(__builtin_cpu_supports("popcnt"));
}
bool has_avx2() {
  return has_sse42() && has(__builtin_cpu_supports("avx2")) && has(__builtin_cpu_supports("bmi2"));
}
bool has_avx512() {
  return has_avx2() && has(__builtin_cpu_supports("avx512bw")) &&
         has(__builtin_cpu_supports("avx512vl")) && has(__builtin_cpu_supports("avx512vbmi2"));
}

// The likeliest first: a host's call asks for each head.
size_t usable_count() {
  if (has_avx512()) return 4;
  return has_avx2() ? 3 : has_sse42() ? 2 : 1;
}
#else
size_t usable_count() { return 1; }
#endif

}  // namespace

std::span<const Scan* const> usable_scans() { return {all_scans.data(), usable_count()}; }

const Scan& fastest_scan() { return *usable_scans().back(); }

const Scan* scan_named(std::string_view name) {
  for (const Scan* scan : usable_scans()) {
    if (scan->name == name) return scan;
  }
  return nullptr;
}

const Scan& chosen_scan() {
  const char* name = ::getenv("ZEST_HTTP_SCAN");
  const Scan* named = name ? scan_named(name) : nullptr;
  return named ? *named : fastest_scan();
}

}  // namespace zest::http
