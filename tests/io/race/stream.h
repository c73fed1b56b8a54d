// The bytes of one direction of one connection: each tells its connection, its direction and its
// place, so that a byte of another stream, a lost one and a doubled one all show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace zest::race {

enum class Direction : uint64_t { to_server, to_client };

class Stream {
 public:
  void begin(uint64_t id, Direction direction) {
    key_ = id * 2 + static_cast<uint64_t>(direction);
    offset_ = 0;
  }
  uint64_t offset() const { return offset_; }

  // What comes next, without going on.
  void fill(std::span<std::byte> bytes) const {
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = at(offset_ + i);
  }
  void advance(size_t size) { offset_ += size; }

  // True if these bytes are the next ones; goes on behind them.
  bool follows(std::span<const std::byte> bytes) {
    bool right = true;
    for (size_t i = 0; i < bytes.size(); ++i) right &= bytes[i] == at(offset_ + i);
    offset_ += bytes.size();
    return right;
  }

 private:
  std::byte at(uint64_t offset) const {
    uint64_t mixed = (key_ << 32 ^ offset >> 3) * 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9;
    return static_cast<std::byte>((mixed ^ mixed >> 32) >> 8 * (offset & 7));
  }

  uint64_t key_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace zest::race
