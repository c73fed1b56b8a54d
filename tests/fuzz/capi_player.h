// Plays random calls of the C ABI on a few services, reports, clients and sockets.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <zest/zest.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace zest::fuzz {

// Bytes for a caller's structs of any size that zest believes, and an array of them.
class Scratch {
 public:
  static constexpr size_t element_max = 4096;
  static constexpr size_t elements = 4;

  void clear() { words_.fill(0); }
  void fill(FuzzedDataProvider& input);
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(words_.data());
  }
  template <typename T>
  T* at(size_t index, size_t stride) {
    return reinterpret_cast<T*>(reinterpret_cast<char*>(words_.data()) + index * stride);
  }

 private:
  std::array<uint64_t, element_max * elements / sizeof(uint64_t)> words_{};
};

class Player {
 public:
  explicit Player(FuzzedDataProvider& input) : input_(input) {}
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  // One call, in this thread or in another.
  void play();

 private:
  static constexpr size_t slots = 3;

  void call();
  void listen();
  void connect();
  void take();
  void take_from_shard();
  void look();
  void look_at_shard();
  void read_report();
  void pass();
  void end();
  void free_one();
  void format_address();

  void fill_config(size_t index, size_t stride);
  void fill_options();
  void fill_settings();
  void keep(zest_connection* first, size_t count);
  void note_ports(const zest_report* report);

  zest_service*& service() {
    return services_[input_.ConsumeIntegralInRange<size_t>(0, slots - 1)];
  }
  zest_report*& report() { return reports_[input_.ConsumeIntegralInRange<size_t>(0, slots - 1)]; }
  uint32_t struct_size(size_t known);
  uint32_t shard() { return input_.ConsumeIntegralInRange<uint32_t>(0, 4); }
  int32_t timeout() { return input_.ConsumeIntegralInRange<int32_t>(0, 3); }

  FuzzedDataProvider& input_;
  std::array<zest_service*, slots> services_{};
  std::array<zest_report*, slots> reports_{};
  std::vector<uint16_t> ports_;
  std::vector<Fd> fds_;
  std::array<std::string, Scratch::elements> addresses_;
  Scratch structs_;
  Scratch outs_;
  Scratch options_;
  Scratch settings_;
};

}  // namespace zest::fuzz
