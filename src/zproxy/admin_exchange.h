// One connection to the admin address: one request, one answer, and a deadline for both. Told when
// its socket is ready, so that who is silent holds up nobody else.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "http/parser.h"

namespace zest::zproxy {

struct Page {
  uint16_t status = 200;
  const char* type = "text/plain; charset=utf-8";
  std::string body;
};

using Pages = std::function<Page(std::string_view path)>;

class AdminExchange {
 public:
  AdminExchange(Fd fd, const Pages& pages, int64_t now_ns);

  int fd() const { return fd_.get(); }
  short events() const;  // of poll(2)
  int64_t deadline_ns() const { return deadline_ns_; }
  bool asking() const { return stage_ == Stage::reading; }
  bool over() const { return stage_ == Stage::over; }

  void ready(int64_t now_ns);

 private:
  enum class Stage : uint8_t { reading, sending, lingering, over };

  void read();
  void answer_with(const Page& page);
  Page answer();
  void send(int64_t now_ns);
  void discard();

  static constexpr size_t head_max = 8192;

  Fd fd_;
  const Pages& pages_;
  int64_t deadline_ns_;
  Stage stage_ = Stage::reading;
  bool without_body_ = false;
  http::RequestParser parser_;
  http::RequestHead head_;
  std::array<http::Field, 64> fields_;
  size_t size_ = 0;
  std::array<char, head_max> bytes_;
  std::string answer_;
  size_t sent_ = 0;
};

}  // namespace zest::zproxy
