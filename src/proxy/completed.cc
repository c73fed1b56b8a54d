#include "proxy/completed.h"

#include <algorithm>

#include "sys/cpu.h"
#include "sys/system.h"

namespace zest::proxy {
namespace {

// fds that are not connections: rings, logs, listeners.
constexpr uint64_t fds_of_our_own = 256;

uint32_t worker_count(const Config& config) {
  if (config.workers > 0) return config.workers;
  const auto cpus = sys::allowed_cpus();
  return cpus ? static_cast<uint32_t>(cpus->size()) : 1;
}

uint32_t connection_limit(const Config& config) {
  if (config.connections > 0) return config.connections;
  const uint64_t fds = sys::file_limit().soft;
  return static_cast<uint32_t>(
      std::min<uint64_t>(fds > 2 * fds_of_our_own ? fds - fds_of_our_own : fds / 2, UINT32_MAX));
}

}  // namespace

Config completed(Config config) {
  config.workers = worker_count(config);
  config.connections = connection_limit(config);
  return config;
}

}  // namespace zest::proxy
