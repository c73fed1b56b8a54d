#include "support/leftovers.h"

#include <doctest/doctest.h>
#include <malloc.h>
#include <unistd.h>
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace zest::test {
namespace {

size_t entries(const char* path) {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path)) ++count;
  return count;
}

void list_fds() {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    fprintf(stderr, "  fd %s: %s\n", entry.path().filename().c_str(),
            std::filesystem::read_symlink(entry.path(), gone).c_str());
}

std::string name_of(const std::filesystem::path& task) {
  std::string name;
  std::getline(std::ifstream(task / "comm"), name);
  return name;
}

void list_threads() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    fprintf(stderr, "  thread %s: %s\n", entry.path().filename().c_str(),
            name_of(entry.path()).c_str());
}

// Every case of every program: as many fds and threads after it as before.
struct Leftovers final : doctest::IReporter {
  explicit Leftovers(const doctest::ContextOptions&) {}

  // TSan has a thread of its own from the first one on. A thread that was joined stays in /proc for
  // a moment.
  void test_run_start() override {
    pid_t tid = 0;
    std::thread([&tid] { tid = gettid(); }).join();
    const std::string task = "/proc/self/task/" + std::to_string(tid);
    for (int i = 0; i < 500 && std::filesystem::exists(task); ++i) usleep(2000);
  }
  void test_case_start(const doctest::TestCaseData& data) override {
    name_ = data.m_name;
    fds_ = open_fds();
    threads_ = threads();
  }
  void test_case_exception(const doctest::TestCaseException& exception) override {
    crashed_ = exception.is_crash;
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    if (crashed_) return;  // it had no chance to clean up
    if (settles(open_fds, fds_) && settles(threads, threads_)) return;
    fprintf(stderr, "left behind: %zu fds before, %zu after; %zu threads before, %zu after: %s\n",
            fds_, open_fds(), threads_, threads(), name_);
    list_fds();
    list_threads();
    _exit(98);
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

  const char* name_ = "";
  size_t fds_ = 0;
  size_t threads_ = 0;
  bool crashed_ = false;
};

REGISTER_LISTENER("leftovers", 1, Leftovers);

}  // namespace

size_t allocated_bytes() {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return __sanitizer_get_current_allocated_bytes();
#else
  return ::mallinfo2().uordblks;
#endif
}

size_t open_fds() { return entries("/proc/self/fd"); }

// Not the kernel's own, which go when they have had nothing to do for some seconds.
size_t threads() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task"))
    count += !name_of(entry.path()).starts_with("iou-wrk");
  return count;
}

bool settles(size_t (*count)(), size_t expected) {
  for (int i = 0; i < 500; ++i) {
    if (count() == expected) return true;
    usleep(2000);
  }
  return false;
}

}  // namespace zest::test
