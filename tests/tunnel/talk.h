// A far end that talks and listens at once, on threads of its own: bytes of which each tells its
// place, and each that comes is compared.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "base/fd.h"

namespace zest::test {

// The byte at `at` of a long text; another for each seed.
char text_at(size_t at, unsigned seed);

struct Plan {
  size_t says = 0;          // bytes
  bool ends = true;         // with a FIN
  unsigned seed = 0;        // of what it says
  unsigned hears_seed = 1;  // of what it hears
  size_t piece_max = 65'536;
  unsigned pause_us = 0;        // after a piece in sixteen
  size_t stalls_at = SIZE_MAX;  // of what it hears: there it pauses
  unsigned stall_ms = 0;
};

class Talk {
 public:
  Talk(const Fd& fd, const Plan& plan);
  ~Talk();  // after the connection's other end has closed

  void join();
  size_t heard() const { return heard_; }
  size_t said() const { return said_; }
  size_t wrong() const { return wrong_; }
  bool ended() const { return ended_; }  // it heard a FIN; else a reset
  bool done() const { return done_; }    // hearing is over

 private:
  void say();
  void hear();

  const int fd_;
  const Plan plan_;
  std::atomic<size_t> said_{0};
  std::atomic<size_t> heard_{0};
  std::atomic<size_t> wrong_{0};
  std::atomic<bool> ended_{false};
  std::atomic<bool> done_{false};
  std::thread says_;
  std::thread hears_;
};

}  // namespace zest::test
