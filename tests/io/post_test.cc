// Work from other threads, and the end of run().
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "support/backends.h"

namespace zest::io {
namespace {

using namespace zest::test;

constexpr int threads = 4;
constexpr int posts = 2'000;

struct Seen {
  std::thread::id thread;
  std::vector<int> last = std::vector<int>(threads, -1);  // of each thread
  int count = 0;
  bool in_order = true;
};

// Frees itself when it has run.
struct Note {
  Note(Seen& where, int from, int which) : seen(where), thread(from), number(which) {}

  static void run(void* owner) noexcept {
    const std::unique_ptr<Note> note(static_cast<Note*>(owner));
    Seen& seen = note->seen;
    int& last = seen.last[static_cast<size_t>(note->thread)];
    seen.in_order &= last < note->number;
    last = note->number;
    seen.thread = std::this_thread::get_id();
    ++seen.count;
  }

  Seen& seen;
  int thread;
  int number;
  Work work{this, run};
};

TEST_CASE("what several threads post is run once, in order, by the loop's thread") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    Seen seen;
    std::vector<std::thread> posting;
    for (int t = 0; t < threads; ++t)
      posting.emplace_back([&, t] {
        for (int i = 0; i < posts; ++i) loop->post((new Note(seen, t, i))->work);
      });
    CHECK(turn_to_end(*loop, [&] { return seen.count == threads * posts; }));
    for (std::thread& thread : posting) thread.join();
    turn_to_end(*loop, [&] { return seen.count == threads * posts; });
    CHECK(seen.in_order);
    CHECK(seen.thread == std::this_thread::get_id());
  });
}

TEST_CASE("work posted before the first turn, and by work, is run") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    struct Chain {
      static void run(void* owner) noexcept {
        auto* chain = static_cast<Chain*>(owner);
        if (++chain->count < 100) chain->loop.post(chain->work);
      }
      Loop& loop;
      int count = 0;
      Work work{this, run};
    } chain{*loop};
    loop->post(chain.work);
    CHECK(turn_until(*loop, [&] { return chain.count == 100; }));
    // What is still posted must not outlive its owner.
    turn_to_end(*loop, [&] { return chain.count == 100; });
  });
}

TEST_CASE("work that several threads post at once runs after each of them, and is lost by none") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    struct Box {
      static void run(void* owner) noexcept {
        auto* box = static_cast<Box*>(owner);
        box->seen = box->put.load();
      }
      std::atomic<int> put{0};
      int seen = 0;
      Work work{this, run};
    } box;
    Work other{&box, [](void*) noexcept {}};
    std::vector<std::thread> posting;
    for (int t = 0; t < threads; ++t)
      posting.emplace_back([&] {
        for (int i = 0; i < posts; ++i) {
          box.put.fetch_add(1);
          loop->post(box.work);
          loop->post(other);
        }
      });
    CHECK(turn_to_end(*loop, [&] { return box.seen == threads * posts; }));
    for (std::thread& thread : posting) thread.join();
    turn_to_end(*loop, [&] { return box.seen == threads * posts; });
  });
}

TEST_CASE("a loop that sleeps is woken by work, and stopped by another thread") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    std::atomic<bool> ran = false;
    Work work{&ran,
              [](void* owner) noexcept { static_cast<std::atomic<bool>*>(owner)->store(true); }};
    std::thread other([&] {
      loop->post(work);
      while (!ran) std::this_thread::yield();
      loop->stop();
    });
    loop->run();
    other.join();
    CHECK(ran);
  });
}

TEST_CASE("a loop stopped before it ran does not run") {
  on_each_backend([](BackendKind kind) {
    auto loop = make_loop(kind);
    loop->stop();
    loop->run();
    CHECK(loop->counters().turns == 0);
    loop->stop();
    loop->run();
  });
}

TEST_CASE("a loop made here may run there") {
  on_each_backend([](BackendKind kind) {
    auto loop = Loop::create({.backend = kind}, system_clock());
    REQUIRE(loop);
    bool attached = false;
    std::thread owner([&] {
      attached = (*loop)->attach().has_value();
      if (attached) (*loop)->run();
    });
    (*loop)->stop();
    owner.join();
    CHECK(attached);
  });
}

}  // namespace
}  // namespace zest::io
