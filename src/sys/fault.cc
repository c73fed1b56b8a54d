#include "sys/fault.h"

#ifdef ZEST_FAULTS

#include <atomic>
#include <cstring>

namespace zest::sys::fault {
namespace {

std::atomic<uint64_t> armed_at{0};
std::atomic<uint32_t> armed_variant{0};
std::atomic<uint64_t> calls{0};
std::atomic<const char*> fired_call{nullptr};
std::atomic<Told> on_fire_told{nullptr};
std::atomic<const char*> all_named{nullptr};
std::atomic<int> all_error{0};
thread_local bool inside = false;

}  // namespace

int at(const char* call, std::initializer_list<int> candidates) noexcept {
  const char* named = all_named.load();
  if (named && strcmp(named, call) == 0) {
    const int error = all_error.load();
    if (error > 0) return error;
    if (all_named.compare_exchange_strong(named, nullptr)) return -error;
  }
  if (calls.fetch_add(1) + 1 != armed_at.load()) return 0;
  fired_call.store(call);
  if (const Told told = on_fire_told.load()) told(call, candidates.size());
  return *(candidates.begin() + armed_variant.load() % candidates.size());
}

void arm(uint64_t n, uint32_t variant) noexcept {
  armed_variant.store(variant);
  armed_at.store(n);
  fired_call.store(nullptr);
  calls.store(0);
}

void arm_all(const char* call, int error) noexcept {
  all_error.store(error);
  all_named.store(call);
}

uint64_t count() noexcept { return calls.load(); }
const char* fired() noexcept { return fired_call.load(); }
void on_fire(Told told) noexcept { on_fire_told.store(told); }

Inside::Inside() noexcept : before_(inside) { inside = true; }
Inside::~Inside() { inside = before_; }
bool Inside::active() noexcept { return inside; }

}  // namespace zest::sys::fault

#endif
