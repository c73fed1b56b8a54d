// One end of a connection: a plain blocking socket, whole messages, and waits that end.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "sys/address.h"

namespace zest::test {

struct Message {
  std::string head;  // with its empty line
  std::string body;  // without its framing
  std::string trailers;
  bool whole = false;  // came to its end

  std::string first_line() const;
  int status() const;
  std::string field(std::string_view name) const;  // the first; "-" if there is none
  int count(std::string_view name) const;          // how many of them
};

// What is to be read: an answer without a length lasts until the end, and one to HEAD has no body.
enum class Kind { request, answer, answer_to_head };

class Wire {
 public:
  explicit Wire(Fd fd, const std::atomic<bool>* stop = nullptr);
  Wire(Wire&&) = default;
  virtual ~Wire() = default;

  bool send(std::string_view bytes);  // false: not all of it was taken
  virtual size_t send_until_stuck(std::string_view bytes, int64_t stuck_ms);
  std::string read(size_t size);  // fewer at the end
  std::string read_all();         // until the end
  Message message(Kind kind);
  std::string head();           // of the next message, with its empty line
  bool ended();                 // the peer's end comes, and nothing before it
  bool silent(int64_t for_ms);  // nothing comes in that time, not even an end
  bool was_reset() const { return reset_; }

  void finish();  // nothing more is sent
  void close() { fd_ = Fd(); }
  void reset();
  void receive_little();  // a small window, so that the sender is soon stuck
  const Fd& fd() const { return fd_; }

 protected:
  // More has arrived; false: the end, or nothing in that time.
  virtual bool fill(int64_t for_ms);
  bool await(short events, int64_t for_ms) const;

  std::string arrived_;
  bool end_ = false;
  bool reset_ = false;

 private:
  std::string take(size_t size);
  bool read_body(Message& message, Kind kind);
  bool read_chunks(Message& message);
  bool read_line(std::string& line);

  Fd fd_;
  const std::atomic<bool>* stop_;
};

// Long, and short once a fault was injected and nothing can be promised.
int64_t patience_ms();
void pause_ms(int64_t ms);

}  // namespace zest::test
