// Tunnels in the kernel (see handover.bpf.c): the program, its sockets, and the flows in a mapping
// that both write. One for a process; its threads share it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "bpf/doorbell.h"

struct zest_flow;

namespace zest::bpf {

class HandOver {
 public:
  // Needs CAP_BPF and CAP_NET_ADMIN.
  static Result<std::unique_ptr<HandOver>> create();
  ~HandOver();
  HandOver(const HandOver&) = delete;
  HandOver& operator=(const HandOver&) = delete;

  // A bell for one thread, and its number.
  struct Bell {
    Doorbell doorbell;
    uint32_t index;
  };
  Result<Bell> make_bell();
  void remove_bell(uint32_t index);

  // Two flows, 2 * pair and 2 * pair + 1; none: all are in use. Any thread.
  std::optional<uint32_t> take_pair();
  void give_back_pair(uint32_t pair);

  zest_flow& flow(uint32_t index) const;

  // A socket becomes where the other flow's bytes go; then those that come from it are judged.
  Result<void> add_target(uint32_t flow, int socket);
  Result<void> judge(uint32_t flow, int socket);
  // At the socket's end, whatever is lost: no byte is judged any more, nor sent there.
  void forget(uint32_t flow, int socket);
  // The target alone, which was not judged.
  void remove_target(uint32_t flow);

 private:
  HandOver() = default;

  Fd program_;
  Fd judged_;
  Fd targets_;
  Fd cookies_;
  Fd flows_;
  Fd doorbells_;
  zest_flow* mapped_ = nullptr;
  std::mutex mutex_;  // of the two below
  std::vector<uint32_t> free_pairs_;
  std::vector<uint32_t> free_bells_;
};

}  // namespace zest::bpf
