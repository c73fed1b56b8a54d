// Many connections inside one loop, both ends of each; operations on them are cancelled at random
// moments, sockets closed as soon as nothing is in flight on them, and their numbers taken again at
// once by the next socket.
#pragma once

#include <array>
#include <memory>
#include <random>
#include <vector>

#include "io/race/peer.h"
#include "support/backends.h"
#include "support/sockets.h"

namespace zest::race {

struct Totals {
  uint64_t started = 0;
  uint64_t cancelled = 0;    // operations that were asked to end while they were in flight
  uint64_t late = 0;         // of these, how many had still done something
  uint64_t connections = 0;  // sockets opened, at the clients' end
  uint64_t bytes = 0;        // received and looked at
  uint64_t wrong = 0;        // received by the wrong end, in the wrong place, or after the end
};

class Race {
 public:
  Race(io::BackendKind kind, uint64_t seed);
  ~Race();

  // Until so many operations were cancelled. False if it came to a standstill.
  bool run(uint64_t cancels);
  // Cancels and closes everything. False if something did not end.
  bool end();

  const Totals& totals() const { return totals_; }
  io::Loop& loop() { return *loop_; }

 private:
  friend class Peer;

  // An accept that is armed anew whenever it ends.
  struct Acceptor {
    Acceptor(Race& where, bool only_once) : race(where), once(only_once) {}
    void start();
    void done(io::Completion completion) noexcept;

    Race& race;
    bool once;
    test::Listening listener = test::listening();
    io::Op op{this, io::Op::method<&Acceptor::done>};
  };

  bool chance(unsigned one_in) { return random_() % one_in == 0; }
  size_t pick(size_t below) { return random_() % below; }
  bool busy() const { return (totals_.cancelled / 1024) % 4 == 3; }

  uint64_t next_id();
  bool claim(uint64_t id);  // by the server's end that read it; false: there is no such, or twice
  const sys::Address& some_address();
  void take(Fd fd);
  void disturb();  // cancel or close something
  void cancel(io::Op& op);
  void note_end(const io::Op& op, const io::Completion& completion);

  std::mt19937_64 random_;
  std::unique_ptr<io::Loop> loop_;
  Totals totals_;
  bool ending_ = false;
  std::vector<bool> claimed_{true};  // by id; there is no 0
  std::array<std::unique_ptr<Acceptor>, 3> acceptors_;
  std::vector<std::unique_ptr<Peer>> clients_;
  std::vector<std::unique_ptr<Peer>> servers_;
};

}  // namespace zest::race
