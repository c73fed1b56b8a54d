// Figures of the whole proxy, out of its workers'.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "io/loop.h"
#include "proxy/counters.h"
#include "sys/address.h"

namespace zest::proxy {

struct WorkerFigures;

// What stands at this moment, over all workers.
struct Snapshot {
  Totals totals{};
  uint32_t workers = 0;      // that run: without those whose loop has failed
  uint64_t connections = 0;  // of clients, open
  uint64_t active = 0;       // of these, with an exchange
  uint64_t idle_links = 0;   // pooled connections to origins
  uint64_t tunnels = 0;      // open
  // Of tunnels, ever: see tunnel::EngineCounters.
  uint64_t spliced = 0;
  uint64_t joined = 0;
  uint64_t kernel_bytes = 0;
  uint64_t set_aside = 0;
  uint64_t aside_refused = 0;
  uint64_t hooks = 0;  // what lies before the host
  io::BackendKind backend = io::BackendKind::automatic;
  io::BackendCounters io;
  io::LoopCounters loops;
  uint64_t accept_queue = 0;  // waiting in the kernel, over the listeners
  uint64_t accept_queue_max = 0;
  uint64_t buffers = 0;  // of the receive pools
  uint64_t buffers_free = 0;
};

// What stands by name, of the configuration in force.
struct Details {
  struct Upstream {
    std::string name;
    uint64_t origins = 0;
    uint64_t resting = 0;  // of these: asked only when no other is left
    uint64_t active = 0;   // exchanges and tunnels
    uint64_t requests = 0;
    uint64_t connects = 0;
    uint64_t connect_failures = 0;
  };
  struct Listener {
    sys::Address address;
    uint64_t connections = 0;
  };
  std::vector<Upstream> upstreams;
  std::vector<Listener> listeners;
  std::map<std::string, int64_t> certificates;  // by file: until when, of the wall clock, in s
};

struct Setup;
Details details_of(const Setup& setup, int64_t now_ns);  // with listeners' addresses as written

void add(Totals& sum, const Counters& one);
void add(Snapshot& sum, const WorkerFigures& one);

}  // namespace zest::proxy
