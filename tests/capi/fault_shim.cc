#include "fault_shim.h"

#include <sanitizer/lsan_interface.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

#include "sys/fault.h"

namespace fault = zest::sys::fault;

namespace {

std::atomic<uint32_t> variants{1};

void note(const char*, size_t candidates) noexcept {
  variants.store(static_cast<uint32_t>(candidates));
}

}  // namespace

void fault_arm(uint64_t n, uint32_t variant) {
  fault::on_fire(note);
  fault::arm(n, variant);
}

const char* fault_fired() { return fault::fired(); }
uint32_t fault_variants() { return variants.load(); }
int fault_leaks() { return __lsan_do_recoverable_leak_check(); }

namespace {

void* allocate(size_t size) noexcept {
  if (fault::Inside::active() && fault::at("new", ENOMEM)) return nullptr;
  return malloc(size ? size : 1);
}

}  // namespace

namespace {

struct Defect {};
thread_local uint64_t throw_in = 0;
thread_local bool thrown = false;

void throw_if_asked() {
  if (!fault::Inside::active() || throw_in == 0 || --throw_in > 0) return;
  thrown = true;
  throw Defect();
}

}  // namespace

void fault_throw(uint64_t n) {
  throw_in = n;
  thrown = false;
}
int fault_thrown() { return thrown; }

// Allocations of the engine are fallible calls too.
void* operator new(size_t size) {
  throw_if_asked();
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { free(memory); }
