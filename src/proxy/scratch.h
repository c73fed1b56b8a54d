// Bytes that a session writes: grows to what is needed, and is used again.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "sys/fault.h"

namespace zest::proxy {

class Scratch {
 public:
  Scratch() = default;

  char* data() { return data_.get(); }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_.get(), size_}; }
  std::string_view from(size_t offset) const { return view().substr(offset); }
  void clear() { size_ = 0; }
  void set_size(size_t size) { size_ = size; }

  // Room for so many bytes behind those that are there; the bytes may move. False: out of memory.
  [[nodiscard]] bool reserve(size_t more) {
    if (size_ + more <= capacity_) return true;
    size_t wanted = capacity_ ? capacity_ : 4096;
    while (wanted < size_ + more) wanted *= 2;
    if (sys::fault::at("scratch", ENOMEM)) return false;
    char* grown = static_cast<char*>(realloc(data_.get(), wanted));
    if (!grown) return false;
    (void)data_.release();
    data_.reset(grown);
    capacity_ = wanted;
    return true;
  }
  [[nodiscard]] bool append(std::string_view bytes) {
    if (!reserve(bytes.size())) return false;
    bytes.copy(data_.get() + size_, bytes.size());
    size_ += bytes.size();
    return true;
  }
  // Memory beyond `keep` bytes goes back.
  void shrink(size_t keep) {
    size_ = 0;
    if (capacity_ <= keep) return;
    data_.reset();
    capacity_ = 0;
  }

 private:
  struct Free {
    void operator()(char* memory) const { free(memory); }
  };
  std::unique_ptr<char, Free> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace zest::proxy
