#include "support/torture.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/apart.h"
#include "sys/fault.h"

#ifdef ZEST_FAULTS

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "support/case_names.h"

#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#else
static int __lsan_do_recoverable_leak_check() { return 0; }
#endif

namespace zest::test {
namespace {

namespace fault = sys::fault;

// A case that takes so many such slices hangs. Slices, since a machine that stands still for a
// minute uses up but one of them.
constexpr unsigned slice_s = 5;
constexpr int slices_max = 12;
constexpr uint64_t calls_max = 4000;
constexpr int leaks = 97;
constexpr int leaves_behind = 98;    // leftovers.cc
constexpr int sanitizer_found = 99;  // default_options.cc

// What the child is at, in memory that it shares with its parent, so that its end leaves it known.
struct Progress {
  uint64_t n = 1;              // which call fails
  uint32_t variant = 0;        // and how
  uint32_t candidates = 1;     // in how many ways that call can fail
  const char* call = nullptr;  // a literal of the program, the same address in both
  bool all = false;            // the last call is behind us

  // Every call of a short case, ever fewer of a long one, where it does the same again and again.
  void next() {
    if (++variant < candidates) return;
    variant = 0;
    n += 1 + n / 16;
  }
};

Progress* shared = nullptr;

void fired(const char* call, size_t candidates) noexcept {
  shared->call = call;
  shared->candidates = static_cast<uint32_t>(candidates);
}

int slices = 0;

void slice_over(int) {
  if (++slices < slices_max) {
    ::alarm(slice_s);
  } else {
    std::signal(SIGALRM, SIG_DFL);
    ::raise(SIGALRM);
  }
}

void begin_watch() {
  slices = 0;
  std::signal(SIGALRM, slice_over);
  ::alarm(slice_s);
}

int run_case(const std::string& name, bool tell) {
  doctest::Context context;
  context.addFilter("test-case", filter_for(name).c_str());
  if (tell) {
    context.setOption("minimal", true);
  } else {
    context.setOption("reporters", "xml");
    context.setOption("out", "/dev/null");
  }
  return context.run();
}

// Runs from where progress stands to the last call of the case. Two calls in a row that were never
// made are its end: one alone may be chance.
[[noreturn]] void work_off(const std::string& name, bool careful) {
  fault::on_fire(fired);
  for (int missed = 0; missed < 2 && shared->n < calls_max;) {
    begin_watch();
    shared->call = nullptr;
    fault::arm(shared->n, shared->variant);
    run_case(name, false);
    fault::arm(0);
    missed = shared->call ? 0 : missed + 1;
    if (careful && __lsan_do_recoverable_leak_check()) ::_exit(leaks);
    shared->next();
  }
  shared->all = true;
  ::exit(0);  // with the leak check
}

std::string words_for(int status) {
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    return signal == SIGALRM ? "hangs" : std::string("dies of ") + strsignal(signal);
  }
  switch (const int code = WEXITSTATUS(status)) {
    case leaks: return "leaks";
    case leaves_behind: return "leaves fds or threads behind";
    case sanitizer_found: return "makes a sanitizer complain";
    default: return "exits with " + std::to_string(code);
  }
}

int in_child(const std::string& name, bool careful) {
  fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) work_off(name, careful);
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool passes_without_fault(const std::string& name) {
  fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    begin_watch();
    ::exit(run_case(name, true));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status == 0;
}

int torture_case(const std::string& name) {
  if (!passes_without_fault(name)) {
    printf("torture: \"%s\" fails without a fault\n", name.c_str());
    return 1;
  }
  int bad = 0;
  *shared = {};
  for (bool careful = false; !shared->all;) {
    const int status = in_child(name, careful);
    if (status == 0) continue;
    if (shared->all && !careful) {  // a leak somewhere: once more, to find out where
      *shared = {};
      careful = true;
      continue;
    }
    ++bad;
    printf("torture: \"%s\", call %llu (%s, variant %u): %s\n", name.c_str(),
           static_cast<unsigned long long>(shared->n), shared->call ? shared->call : "not reached",
           shared->variant, words_for(status).c_str());
    shared->next();
  }
  return bad;
}

Progress* map_progress() {
  void* page =
      ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) ::abort();
  return new (page) Progress;
}

// A suite that mostly waits does so for several cases at once, each in a process of its own.
void begin_case(const std::string& name) {
  fflush(nullptr);
  if (::fork() != 0) return;
  shared = map_progress();
  const int bad = torture_case(name);
  fflush(nullptr);
  ::_exit(bad ? 1 : 0);
}

int end_case() {
  int status = 0;
  return ::wait(&status) > 0 && status == 0 ? 0 : 1;
}

int torture_cases(const std::vector<std::string>& names, size_t jobs) {
  int bad = 0;
  size_t running = 0;
  for (const std::string& name : names) {
    for (; running == jobs; --running) bad += end_case();
    begin_case(name);
    ++running;
  }
  for (; running > 0; --running) bad += end_case();
  return bad;
}

}  // namespace

bool torture_wanted(int argc, char** argv) { return argc > 1 && strcmp(argv[1], "--torture") == 0; }

int torture(int argc, char** argv) {
  const std::vector<std::string> names = case_names(argc > 2 ? argv[2] : "*", "no-torture");
  const size_t jobs = argc > 3 ? strtoul(argv[3], nullptr, 10) : 1;
  const int bad = torture_cases(names, std::max<size_t>(jobs, 1));
  printf("torture: %zu cases, %d of them bad\n", names.size(), bad);
  return bad || names.empty() ? 1 : 0;
}

bool tortured() { return shared; }
bool fault_fired() { return fault::fired() != nullptr; }

}  // namespace zest::test

#if !__has_feature(thread_sanitizer)  // which brings its own, and is not tortured

// Allocations of the engine are fallible calls too.
void* operator new(size_t size) {
  if (zest::sys::fault::Inside::active() && zest::sys::fault::at("new", ENOMEM))
    throw std::bad_alloc();
  if (void* memory = malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  if (zest::sys::fault::Inside::active() && zest::sys::fault::at("new", ENOMEM)) return nullptr;
  return malloc(size ? size : 1);
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }

#endif

#else

namespace zest::test {

bool torture_wanted(int, char**) { return false; }
int torture(int, char**) { return 1; }
bool tortured() { return false; }
bool fault_fired() { return false; }

}  // namespace zest::test

#endif

namespace zest::test {

size_t load(size_t n) {
  const size_t part = tortured() ? 20 : short_form() ? 4 : 1;
  return part == 1 ? n : std::max<size_t>(n / part, 1);
}

}  // namespace zest::test
