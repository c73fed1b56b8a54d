// A connection whose records the kernel seals and opens: from here on its socket is like any other,
// but for records that are no data. What an Engine knew is some 600 bytes now.
#pragma once

#include "tls/engine.h"
#include "tls/kernel_calls.h"

namespace zest::tls {

class Kernel {
 public:
  // Both directions. Nothing that was received may be half opened (see Assembly), and everything
  // that the engine sealed must have been sent; what it opened must be consumed by nobody else. An
  // error with `lost` false left the socket as it was: the engine goes on.
  struct Refused {
    Error error;
    bool lost = false;  // one direction is the kernel's already: the connection is of no use
  };
  static std::expected<std::unique_ptr<Kernel>, Refused> take_over(int fd, Engine& engine);

  // A receive failed with EIO, which means a record that is no data: takes it and does what it
  // asks. Or with EBADMSG: one that cannot be opened. `data_before`: data came since the last one.
  enum class Heard : uint8_t {
    nothing,  // receive again
    ended,    // close_notify: the peer sends no more
    finish,   // new keys, that this kernel cannot take: receive no more, finish what is being sent
    failed,   // why() says it; an alert has been sent where one was due
  };
  Heard hear(int fd, bool data_before);
  // A receive failed with another errno. True: it is about a record, which cannot be opened. The
  // peer has been told so.
  bool refused_record(int fd, int os_errno);

  // We send no more: close_notify. It goes behind what was sent; false: it did not get through, as
  // when the socket has no room.
  bool close(int fd);

  bool serves() const { return serves_; }
  const Facts& facts() const { return *facts_; }
  const char* why() const { return why_; }

 private:
  explicit Kernel(bool serves) : serves_(serves), control_(serves) {}

  Heard act(int fd, Control::Wish wish);
  Heard fail_with(const char* why);
  Heard refuse(int fd, Alert alert);
  bool send_alert(int fd, AlertLevel level, Alert alert);
  Heard update(int fd, bool both);

  const bool serves_;
  Control control_;
  bool closed_ = false;
  std::unique_ptr<Facts> facts_;
  std::shared_ptr<const Algorithms> algorithms_;
  Traffic incoming_;  // of TLS 1.3, for the next keys; their sequence numbers are the kernel's now
  Traffic outgoing_;
  const char* why_ = "";
};

}  // namespace zest::tls
