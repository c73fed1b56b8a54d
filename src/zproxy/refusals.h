// Connections that nobody serves, in the log: a line for each reason, at most once a second.
#pragma once

#include "proxy/counters.h"
#include "zproxy/log.h"

namespace zest::zproxy {

class Refusals {
 public:
  static constexpr int period_ms = 1000;

  // Once a period: tells what has been counted since.
  void look(Log& log, const proxy::Totals& now);

 private:
  std::array<uint64_t, proxy::limit_count> told_{};
};

}  // namespace zest::zproxy
