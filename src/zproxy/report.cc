#include "zproxy/report.h"

#include "base/clock.h"
#include "config/load.h"
#include "sys/system.h"
#include "zproxy/version.h"

namespace zest::zproxy {
namespace {

unsigned long long printable(uint64_t n) { return n; }

const char* scheme_of(const proxy::ListenerReport& listener) {
  switch (listener.mode) {
    case proxy::Mode::http: return listener.encrypted ? "https://" : "";
    case proxy::Mode::tcp: return listener.encrypted ? "tls://" : "tcp://";
    case proxy::Mode::udp: return "udp://";
  }
  return "";
}

void say_listener(Log& log, const proxy::ListenerReport& listener) {
  const bool noted = !listener.note.empty();
  log.say("listening on %s%s: %u socket%s, backlog %u%s%s", scheme_of(listener),
          listener.address.format().c_str(), listener.sockets, listener.sockets == 1 ? "" : "s",
          listener.backlog_effective, noted ? "; " : "", listener.note.c_str());
}

void say_upstream(Log& log, const upstream::GroupConfig& group) {
  std::string origins;
  for (const sys::Address& address : group.addrs) {
    if (!origins.empty()) origins += ", ";
    if (origins.size() > 400) {
      origins += "...";
      break;
    }
    if (group.tls) origins += "https://";
    origins += address.format().view();
  }
  log.say("upstream %s: %s", group.name.c_str(), origins.c_str());
}

}  // namespace

void say_report(Log& log, const config::Settings& settings, const proxy::Report& report,
                const sys::Address* admin) {
  const bool uring = report.backend == io::BackendKind::uring;
  const bool noted = !report.backend_note.empty();
  log.say("zproxy %s on Linux %s: %u worker%s on %s%s%s", version_text(),
          sys::kernel_release().c_str(), report.workers, report.workers == 1 ? "" : "s",
          uring ? "io_uring" : "epoll", noted ? "; io_uring: " : "", report.backend_note.c_str());
  for (const proxy::ListenerReport& listener : report.listeners) say_listener(log, listener);
  for (const upstream::GroupConfig& group : settings.proxy.upstreams) say_upstream(log, group);
  for (const std::string& note : report.tls) log.say("TLS: %s", note.c_str());
  for (const std::string& warning : report.warnings) log.warn("%s", warning.c_str());
  if (settings.access_log != "off") log.say("access log: %s", settings.access_log.c_str());
  if (settings.send_zc == config::SendZeroCopy::automatic)
    log.say("io.send_zc = \"auto\": copied, which has cost less wherever it was measured");
  if (!admin) return;
  const std::string at(admin->format().view());
  log.say("admin on %s%s: /metrics /healthz /readyz", admin->is_ip() ? "http://" : "", at.c_str());
}

void say_warnings(Log& log, const config::Settings& settings) {
  for (const config::Problem& warning : settings.warnings) {
    std::string line = config::format(settings.source, {warning});
    line.pop_back();
    log.warn("%s", line.c_str());
  }
}

void say_invitation(Log& log, const proxy::Report& report) {
  const sys::Address& address = report.listeners.front().address;
  const char* scheme = report.listeners.front().encrypted ? "https" : "http";
  if (address.is_wildcard())
    log.say("open %s://127.0.0.1:%u/", scheme, address.port());
  else
    log.say("open %s://%s/", scheme, address.format().c_str());
}

void say_receipt(Log& log, const proxy::Receipt& receipt) {
  log.say(
      "%s in %.3f s: %llu exchanges finished, %llu idle connections closed, %llu tunnels "
      "ended, %llu forced",
      receipt.complete ? "drained" : "cut short",
      static_cast<double>(receipt.duration_ns) / ns_per_s, printable(receipt.finished),
      printable(receipt.closed_idle), printable(receipt.tunnels), printable(receipt.forced));
}

std::vector<std::string> listener_names(const proxy::Report& report) {
  std::vector<std::string> names;
  for (const proxy::ListenerReport& listener : report.listeners) {
    if (names.size() <= listener.index) names.resize(listener.index + 1);
    names[listener.index] = listener.address.format().view();
  }
  return names;
}

}  // namespace zest::zproxy
