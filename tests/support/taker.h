// Takes every completion of one op, and leaves nothing in flight when its test ends early.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "io/loop.h"

namespace zest::test {

class Taker {
 public:
  explicit Taker(io::Loop& loop) : loop_(loop) {}
  ~Taker();
  Taker(const Taker&) = delete;
  Taker& operator=(const Taker&) = delete;

  bool ended() const { return endings > 0 && !op.in_flight(); }
  int32_t last() const { return results.empty() ? 0 : results.back(); }

  std::vector<int32_t> results;
  size_t endings = 0;          // completions with `more` false
  std::vector<Fd> fds;         // what accepts gave
  std::string bytes;           // what pooled receives gave
  bool keeps_buffers = false;  // ... and whether their memory is kept
  std::vector<io::Buffer> kept;
  std::function<void(const io::Completion&)> then;  // after each completion was noted

 private:
  void done(io::Completion completion) noexcept;

  io::Loop& loop_;

 public:
  io::Op op{this, io::Op::method<&Taker::done>};
};

}  // namespace zest::test
