#include "zproxy/version.h"

#include "base/clock.h"
#include "http/scan.h"
#include "io/loop.h"
#include "sys/cpu.h"
#include "sys/system.h"

namespace zest::zproxy {
namespace {

std::string numbers_of_limits() {
  std::string text = "cpus: ";
  const auto cpus = sys::allowed_cpus();
  text += cpus ? std::to_string(cpus->size()) : "unknown";
  text += "; open files: " + std::to_string(sys::file_limit().soft);
  const auto somaxconn = sys::read_number("/proc/sys/net/core/somaxconn");
  text += "; somaxconn: " + (somaxconn ? std::to_string(*somaxconn) : "unknown");
  return text + '\n';
}

std::string io_uring_said() {
  const SystemClock clock;
  const auto loop = io::Loop::create({.buffers = {.count = 16}}, clock);
  if (!loop) return std::string("io: none works: ") + loop.error().message.c_str() + '\n';
  if ((*loop)->backend_kind() == io::BackendKind::uring)
    return "io_uring: usable\nbackend: io_uring\n";
  return std::string("io_uring: ") + (*loop)->backend_note().c_str() + "\nbackend: epoll\n";
}

std::string scans() {
  std::string names;
  for (const http::Scan* scan : http::usable_scans())
    names += std::string(names.empty() ? "" : ", ") + scan->name;
  return std::string("http scan: ") + http::chosen_scan().name + " (of " + names + ")\n";
}

}  // namespace

const char* version_text() { return ZEST_PROJECT_VERSION; }

std::string describe() {
  std::string text = std::string("zproxy ") + version_text() + "\n";
  text += std::string("built with ") + __VERSION__ + ", " + ZEST_BUILD_KIND + "\n";
  text +=
      "features: http/1.1, tls, tunnels, udp, proxy protocol, io_uring, epoll, metrics, access "
      "log\n";
  text += scans();
  text += std::string("kernel: ") + sys::kernel_release().c_str() + "\n";
  text += io_uring_said();
  return text + numbers_of_limits();
}

}  // namespace zest::zproxy
