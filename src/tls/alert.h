// Alerts (RFC 8446, section 6), those that we send or treat in a way of their own.
#pragma once

#include <cstdint>

namespace zest::tls {

enum class Alert : uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  internal_error = 80,
  user_canceled = 90,
  no_renegotiation = 100,
  none = 255,  // not on the wire
};

enum class AlertLevel : uint8_t { warning = 1, fatal = 2 };

// "bad record mac", and the like for all that are registered; never null.
const char* alert_words(uint8_t description);

}  // namespace zest::tls
