// The fault injector of test builds (ZEST_FAULTS): every fallible call asks it first, and the
// armed one fails with its errno instead of being made. In other builds it is nothing.
//
//   if (int error = fault::at("bind", EADDRNOTAVAIL)) return fail_errno(error, ...);
//
// It is the one global of the engine, and only in test builds: a fault has to reach calls on every
// thread. tests/support/torture.cc runs each test once per counted call, with that call failing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace zest::sys::fault {

#ifdef ZEST_FAULTS

// The errno that this call is to fail with, or 0. With several candidates the armed variant picks.
int at(const char* call, std::initializer_list<int> candidates) noexcept;
inline int at(const char* call, int candidate) noexcept { return at(call, {candidate}); }

// Let the n-th call (from 1) from now on fail; 0 disarms. Starts the count anew.
void arm(uint64_t n, uint32_t variant = 0) noexcept;
// Let every call of this name (not copied) fail, or with an error < 0 the next; nullptr disarms.
void arm_all(const char* call, int error) noexcept;
uint64_t count() noexcept;     // calls since arm()
const char* fired() noexcept;  // the call that was failed, or nullptr

// Told at once of the call that is failed and of how many candidates it has: the run may not live
// to be asked.
using Told = void (*)(const char* call, size_t candidates) noexcept;
void on_fire(Told told) noexcept;

// Allocations count only where the engine is at work, not in the test around it.
class Inside {
 public:
  Inside() noexcept;
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  static bool active() noexcept;

 private:
  bool before_;
};

#else

constexpr int at(const char*, std::initializer_list<int>) noexcept { return 0; }
constexpr int at(const char*, int) noexcept { return 0; }
struct Inside {
  Inside() noexcept {}  // not trivial, so that its uses are no unused variables
};

#endif

}  // namespace zest::sys::fault
