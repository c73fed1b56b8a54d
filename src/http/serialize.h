// Heads into a buffer of the caller's, appended piece by piece. Only validated text passes: what a
// parser took, or what is checked here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/head.h"

namespace zest::http {

class Writer {
 public:
  Writer(char* begin, size_t capacity) : begin_(begin), at_(begin), end_(begin + capacity) {}

  // "GET /path HTTP/1.1". Both texts as parsed.
  void request_line(std::string_view method, std::string_view target, uint8_t minor = 1);
  // "HTTP/1.1 200 OK"
  void status_line(uint16_t status, std::string_view reason, uint8_t minor = 1);

  // Checked: a name that is no token, or a value with controls, makes the writer fail.
  void field(std::string_view name, std::string_view value);
  void field(Name name, std::string_view value) { field(text_of(name), value); }
  void field(Name name, uint64_t number);

  // All fields that are not to be skipped, as they were received.
  void fields(const Head& head);
  // One of them.
  void field(const Head& head, const Field& field);
  // Whole lines, checked before.
  void lines(std::string_view checked) { put(checked); }

  // A value in parts, for lists that grow: begin_field(name), part(..), part(..), end_field().
  void begin_field(std::string_view name);
  void part(std::string_view text);
  void end_field() { put("\r\n"); }

  void end_head() { put("\r\n"); }

  // False: something did not fit, or was not fit to be written; then nothing of it may be sent.
  bool ok() const { return !full_ && !invalid_; }
  bool full() const { return full_; }
  bool invalid() const { return invalid_; }
  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  size_t room() const { return static_cast<size_t>(end_ - at_); }
  std::string_view view() const { return {begin_, size()}; }

 private:
  void put(std::string_view text);
  void put_version(uint8_t minor);
  void lines(const Head& head, uint32_t from, uint32_t to);

  char* begin_;
  char* at_;
  char* end_;
  bool full_ = false;
  bool invalid_ = false;
};

// The reason phrase of a status that zest itself answers with, or nothing.
std::string_view reason_of(uint16_t status);

}  // namespace zest::http
