// Takes records apart, in place.
#pragma once

#include "tls/alert.h"
#include "tls/cipher.h"

namespace zest::tls {

class Opener {
 public:
  [[nodiscard]] bool start(const Algorithms& algorithms, const Traffic& traffic) {
    return cipher_.start(algorithms, traffic, Cipher::Direction::open);
  }
  [[nodiscard]] bool next_generation(const Algorithms& algorithms) {
    return cipher_.next_generation(algorithms, Cipher::Direction::open);
  }

  struct Opened {
    Alert alert = Alert::none;  // what it is to be refused with
    ContentType type{};
    std::span<std::byte> content;  // within the record
  };
  // `record` is a whole one.
  Opened open(std::span<std::byte> record);

  const Traffic& traffic() const { return cipher_.traffic(); }

 private:
  Cipher cipher_;
};

}  // namespace zest::tls
