// How each listening socket came up, for the host to read or print.
#pragma once

#include <string>
#include <vector>

#include "acceptor/config.h"

namespace zest::acceptor {

constexpr uint32_t no_shard = UINT32_MAX;

struct ReportRow {
  Status status = Status::ok;
  int os_errno = 0;
  uint32_t shard = no_shard;  // where it failed before it had one, too
  uint64_t listener_id = 0;
  net::Protocol protocol = net::Protocol::tcp;
  bool reuseport = false;
  bool joins = false;  // was to share its port with others
  io::BackendKind backend = io::BackendKind::automatic;
  Steering steering = Steering::hash;
  int cpu = -1;
  int numa_node = -1;
  uint32_t backlog_asked = 0;
  uint32_t backlog_effective = 0;
  sys::Address address;
  std::string asked_address;  // as configured, where it was never bound
  Text<80> thread_name;
  Text<256> note;

  void failed(const Error& error);
  void add_note(const char* text);
};

struct Report {
  std::vector<ReportRow> rows;
};

// The report as a table, with a line on the system.
std::string format(const Report& report);

}  // namespace zest::acceptor
