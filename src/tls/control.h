// The records that are no application data, once a handshake is over: what each asks for. Used
// alike where we take records apart and where the kernel does.
#pragma once

#include <array>
#include <span>

#include "tls/alert.h"
#include "tls/record.h"

namespace zest::tls {

class Control {
 public:
  enum class Wish : uint8_t {
    nothing,
    close,        // close_notify: the peer sends no more
    update,       // KeyUpdate: what comes now is under its next keys
    update_both,  // and we are to do the same
    tickets,      // session tickets; a client may keep them
    peer_failed,  // a fatal alert: alert() says which
    refuse,       // against the protocol: refuse with alert()
  };

  explicit Control(bool serves) : serves_(serves) {}

  Wish read(Version version, ContentType type, std::span<const std::byte> content);
  // Application data came: limits on what comes between begin anew. False: it came in the middle of
  // a message (RFC 8446, 5.1).
  [[nodiscard]] bool data() {
    idle_ = 0;
    return partial_ == 0;
  }
  uint8_t alert() const { return alert_; }

 private:
  Wish refuse(Alert alert);
  Wish read_alert(Version version, std::span<const std::byte> content);
  Wish read_messages(std::span<const std::byte> content);
  Wish read_key_update(std::span<const std::byte> content);
  Wish read_renegotiation();
  std::span<const std::byte> skip_tickets(std::span<const std::byte> content);

  const bool serves_;
  uint8_t alert_ = 0;
  uint8_t idle_ = 0;     // records without data in a row
  uint8_t partial_ = 0;  // bytes of begun_
  std::array<std::byte, 5> begun_{};
  uint32_t skip_ = 0;  // of a ticket that goes on in the next record
};

}  // namespace zest::tls
