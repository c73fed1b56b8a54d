// One line of the access log, as a session hands it over.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/counters.h"
#include "sys/address.h"

namespace zest::proxy {

// The texts are borrowed for the call.
struct Record {
  int64_t began_ns = 0;  // CLOCK_MONOTONIC, when the head was complete; if it never was: began
  int64_t duration_ns = 0;
  int64_t first_byte_ns = 0;  // from `began` to the origin's first byte; 0: none came
  const sys::Address* client = nullptr;
  const sys::Address* origin = nullptr;  // nullptr: none was asked
  std::string_view method;
  std::string_view target;
  std::string_view host;
  std::string_view upstream;  // the group's name
  uint32_t listener = 0;
  uint16_t status = 0;     // 0: no answer was sent
  uint8_t minor = 1;       // HTTP/1.minor of the client
  bool reused = false;     // the connection to the origin was from the pool
  bool cut = false;        // the answer did not come to its end
  uint64_t bytes_in = 0;   // head and body from the client
  uint64_t bytes_out = 0;  // to the client
  Timeout timeout = Timeout::none;
  Limit limit = Limit::none;
  TunnelEnd tunnel = TunnelEnd::none;  // then without a method: of a listener in mode tcp
  const char* why = "";                // what was wrong with the request or the answer; a literal
};

// Called by workers at the end of each exchange; must return soon and not throw. One per worker.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void record(const Record& record) noexcept = 0;
};

}  // namespace zest::proxy
