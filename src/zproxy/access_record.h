// A line of the access log on its way from a worker to the log's thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/record.h"

namespace zest::zproxy {

struct Endpoint {
  uint16_t family;  // AF_UNSPEC: none
  uint16_t port;
  uint32_t scope;
  std::array<uint8_t, 16> ip;
};

// Of fixed size, and left as it is until it is packed. Texts stand one behind the other; the target
// comes last and is what is cut first.
struct AccessRecord {
  static constexpr size_t text_size = 392;
  enum Part : size_t { method, host, upstream, target, part_count };

  int64_t began_ns;
  int64_t duration_ns;
  int64_t first_byte_ns;
  uint64_t bytes_in;
  uint64_t bytes_out;
  const char* why;
  Endpoint client;
  Endpoint origin;
  uint32_t listener;
  uint16_t status;
  uint8_t minor;
  bool reused;
  bool cut;
  bool texts_cut;
  proxy::Timeout timeout;
  proxy::Limit limit;
  proxy::TunnelEnd tunnel;
  std::array<uint16_t, part_count> sizes;
  std::array<char, text_size> texts;
};

void pack(const proxy::Record& record, AccessRecord& into) noexcept;

// What a record does not hold itself.
struct LineContext {
  int64_t realtime_offset_ns = 0;      // CLOCK_REALTIME - CLOCK_MONOTONIC
  std::vector<std::string> listeners;  // their addresses
};

// One line of JSON, with its newline.
void append_line(std::string& out, const AccessRecord& record, const LineContext& context);

}  // namespace zest::zproxy
