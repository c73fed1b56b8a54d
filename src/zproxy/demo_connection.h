// One connection of the demo origin: requests in, answers out, one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "http/framing.h"
#include "http/parser.h"

namespace zest::zproxy {

class DemoConnection {
 public:
  static constexpr size_t body_max = size_t{8} << 20;
  static constexpr uint64_t bytes_max = uint64_t{1} << 30;  // of /bytes/N

  explicit DemoConnection(Fd fd);

  int fd() const { return fd_.get(); }
  short events() const;  // what it waits for
  bool go_on();          // false: it has ended

 private:
  bool receive();
  bool send();
  // Takes one whole request out of in_, if there is one.
  bool take_request();
  bool has_body(size_t& whole, std::string& body);
  bool has_chunked_body(size_t& whole, std::string& body);
  void answer(std::string_view body);
  void answer_bytes(std::string_view digits);
  void reply(uint16_t status, std::string_view type, std::string_view body);
  void head(uint16_t status, std::string_view type, uint64_t size);
  void refuse(uint16_t status, std::string_view why);

  Fd fd_;
  std::string in_;
  std::string out_;
  uint64_t fill_ = 0;  // bytes of filler to send behind out_
  bool ending_ = false;
  bool continued_ = false;  // 100 was said for the request under way
  std::array<http::Field, 128> fields_;
  http::RequestParser parser_;
  http::RequestHead request_;
  http::Framing framing_;
};

}  // namespace zest::zproxy
