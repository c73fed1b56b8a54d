// Bytes that grow, without exceptions: also called from inside OpenSSL, through which none may fly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace zest::tls {

class Bytes {
 public:
  Bytes() = default;
  Bytes(Bytes&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  std::span<std::byte> span() { return {data_.get(), size_}; }
  std::span<const std::byte> span() const { return {data_.get(), size_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

  // False: out of memory, and nothing was appended.
  [[nodiscard]] bool append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return true;
    if (size_ + bytes.size() > capacity_ && !grow(size_ + bytes.size())) return false;
    memcpy(data_.get() + size_, bytes.data(), bytes.size());
    size_ += static_cast<uint32_t>(bytes.size());
    return true;
  }
  [[nodiscard]] bool append(std::string_view text) {
    return append(std::as_bytes(std::span(text)));
  }

  // Forget what is there, and give its memory back.
  void reset() {
    data_.reset();
    size_ = capacity_ = 0;
  }

 private:
  struct Release {
    void operator()(std::byte* memory) const { free(memory); }
  };

  bool grow(size_t needed) {
    const size_t doubled = 2 * size_t{capacity_} + 1;
    const size_t wanted = needed > doubled ? needed : doubled;
    auto* grown = static_cast<std::byte*>(realloc(data_.get(), wanted));
    if (!grown) return false;
    (void)data_.release();
    data_.reset(grown);
    capacity_ = static_cast<uint32_t>(wanted);
    return true;
  }

  std::unique_ptr<std::byte, Release> data_;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace zest::tls
