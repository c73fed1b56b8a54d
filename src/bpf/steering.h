// Steering to the less loaded of two (see less_loaded.bpf.c): the program, its sockets, and the
// loads in a mapping that it reads and we write.
#pragma once

#include <cstdint>
#include <memory>

#include "base/fd.h"
#include "base/result.h"

struct zest_load;

namespace zest::bpf {

class Steering {
 public:
  // Needs CAP_BPF and CAP_NET_ADMIN. For up to `sockets` listening sockets of one group.
  static Result<std::unique_ptr<Steering>> create(uint32_t sockets);
  ~Steering();
  Steering(const Steering&) = delete;
  Steering& operator=(const Steering&) = delete;

  static uint32_t sockets_max();

  // A listening socket of the group.
  Result<void> add(uint32_t index, int listening_fd);
  // The program begins to choose, for the group of this socket.
  Result<void> attach(int listening_fd);
  // No new connection is sent there; those begun still arrive.
  void remove(uint32_t index);

  // Any thread.
  void set_open(uint32_t index, uint32_t open);
  void settle(uint32_t index, uint32_t accepted);  // this many came out of its accept queue
  void settle_all(uint32_t index);  // nothing is on its way: begun handshakes were given up

 private:
  Steering() = default;
  zest_load& load(uint32_t index) const;

  Fd program_;
  Fd sockets_;
  Fd loads_;
  zest_load* mapped_ = nullptr;
};

}  // namespace zest::bpf
