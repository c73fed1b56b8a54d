// What a service is asked to do, as plain values; zest/acceptor.h explains each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "io/loop.h"
#include "net/listener.h"

namespace zest::acceptor {

constexpr uint32_t threads_per_address_max = 1024;
constexpr uint32_t listeners_max = 65536;
constexpr uint32_t queue_capacity_default = 1024;
constexpr uint32_t queue_capacity_max = 1 << 20;

enum class Steering { hash, cpu, less_loaded };

struct ListenerConfig {
  uint64_t id = 0;
  std::string address;
  net::Protocol protocol = net::Protocol::tcp;
  bool single = false;
  bool join = false;
  std::optional<Fd> adopted;
  uint32_t unix_mode = 0;
  std::optional<net::SocketOptions> socket;  // empty: the settings'
};

struct Settings {
  bool single_listener = false;
  bool shards = false;
  bool notify_pipe = false;
  bool pin_cpus = false;
  uint32_t threads_per_address = 0;  // 0: one per CPU
  uint32_t backlog = 0;              // 0: the system's most
  uint32_t queue_capacity = queue_capacity_default;
  Steering steering = Steering::hash;
  io::BackendKind backend = io::BackendKind::automatic;
  net::SocketOptions socket;
};

}  // namespace zest::acceptor
