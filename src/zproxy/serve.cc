#include "zproxy/serve.h"

#include <poll.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <optional>
#include <sstream>

#include "proxy/proxy.h"
#include "sys/notifier.h"
#include "sys/socket.h"
#include "zproxy/access_log.h"
#include "zproxy/admin.h"
#include "zproxy/handshake_failures.h"
#include "zproxy/metrics.h"
#include "zproxy/refusals.h"
#include "zproxy/report.h"

namespace zest::zproxy {
namespace {

class Server {
 public:
  Server(config::Settings settings, const Signals& signals, const Reread& reread, Invite invite,
         sys::Notifier done)
      : settings_(std::move(settings)),
        signals_(signals),
        reread_(reread),
        log_(settings_.log_level),
        invite_(invite),
        done_(std::move(done)) {}

  int run() {
    const Result<void> started = start();
    if (!started) {
      fprintf(stderr, "zproxy: cannot start: %s\n", started.error().message.c_str());
      return 1;
    }
    say_report(log_, settings_, proxy_->report(), admin_ ? &admin_->address() : nullptr);
    say_warnings(log_, settings_);
    if (invite_ == Invite::browser) say_invitation(log_, proxy_->report());
    const bool asked = wait_for_end();
    drain();
    return asked ? 0 : 1;
  }

 private:
  Result<void> start() {
    prefer_ipv4_without_ipv6(settings_);
    if (settings_.access_log != "off") {
      auto opened = AccessLog::open(settings_.access_log, log_);
      if (!opened) return fail(opened.error());
      access_log_ = std::move(*opened);
    }
    if (settings_.admin) {
      auto bound = Admin::bind(*settings_.admin);
      if (!bound) return fail(bound.error());
      admin_.emplace(std::move(*bound));
    }
    auto proxy = proxy::Proxy::start(settings_.proxy, sinks(), naming(), host());
    if (!proxy) return fail(proxy.error());
    proxy_ = std::move(*proxy);
    if (admin_) admin_->start([this](std::string_view path) { return page(path); });
    return {};
  }

  // ":80" means every address, also where IPv6 is switched off.
  static void prefer_ipv4_without_ipv6(config::Settings& settings) {
    if (sys::open_socket(AF_INET6, SOCK_STREAM)) return;
    for (proxy::ListenerConfig& listener : settings.proxy.listeners) {
      const bool any = listener.bind.family() == AF_INET6 && listener.bind.is_wildcard();
      if (!any) continue;
      const uint16_t port = listener.bind.port();
      listener.bind = *sys::Address::parse("0.0.0.0:0");
      listener.bind.set_port(port);
    }
  }

  proxy::Proxy::MakeSink sinks() {
    if (!access_log_) return {};
    return [log = access_log_.get()](uint32_t) { return log->add_sink(); };
  }

  proxy::Proxy::Ready naming() {
    if (!access_log_) return {};
    return [log = access_log_.get()](const proxy::Report& report) {
      log->name_listeners(listener_names(report));
    };
  }

  proxy::Host host() {
    proxy::Host host;
    host.worker_lost = [this](uint32_t worker, int os_errno) {
      log_.error(
          "worker %u has ended, its connections are cut: the kernel refuses its io_uring (%s)",
          worker, fail_errno(os_errno, "io_uring_enter").error().message.c_str());
      done_.signal();
    };
    host.sockmap_given_up = [this](const char* why) {
      log_.warn("tunnels pass as with \"auto\" from now on: %s", why);
    };
    host.handshake_failed = [this](const sys::Address& client,
                                   const proxy::ListenerConfig& listener,
                                   const char* why) { failures_.note(client, listener, why); };
    return host;
  }

  // The admin's thread.
  Page page(std::string_view path) const {
    if (path == "/metrics")
      return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics()};
    if (path == "/healthz") return {.body = "ok\n"};
    const bool draining = draining_.load();
    if (path == "/readyz")
      return draining ? Page{.status = 503, .body = "draining\n"} : Page{.body = "ready\n"};
    return {.status = 404, .body = "/metrics, /healthz and /readyz are here\n"};
  }

  std::string metrics() const {
    MetricsInput input{.snapshot = proxy_->snapshot(),
                       .details = proxy_->details(),
                       .listen = sys::listen_counters(),
                       .access_log = {},
                       .reloads = reloads_.get(),
                       .reload_failures = reload_failures_.get(),
                       .draining = draining_.load()};
    if (access_log_) input.access_log = access_log_->totals();
    return metrics_text(input);
  }

  // True: it asks for an end.
  bool handle(int signal) {
    if (signal == SIGTERM || signal == SIGINT) return true;
    if (signal == SIGHUP) reload();
    if (signal == SIGUSR1 && access_log_) access_log_->reopen();
    return false;
  }

  void reload() {
    std::string complaint;
    std::optional<config::Settings> wanted = reread_(complaint);
    if (!wanted) return refuse(complaint);
    prefer_ipv4_without_ipv6(*wanted);
    const auto warnings = proxy_->reload(wanted->proxy, naming());
    if (!warnings) return refuse(warnings.error().message.c_str());
    for (const std::string& warning : *warnings) log_.warn("%s", warning.c_str());
    if (wanted->access_log != settings_.access_log || wanted->admin != settings_.admin)
      log_.warn("access_log and admin are as they were: only a restart changes them");
    say_warnings(log_, *wanted);
    log_.set_level(wanted->log_level);
    settings_.proxy = std::move(wanted->proxy);
    reloads_.add();
    log_.say("reloaded: %zu listeners, %zu upstreams, %zu routes", settings_.proxy.listeners.size(),
             settings_.proxy.upstreams.size(), settings_.proxy.routes.size());
  }

  // A line for each thing that is wrong.
  void refuse(const std::string& complaint) {
    reload_failures_.add();
    std::istringstream lines(complaint);
    for (std::string line; std::getline(lines, line);)
      log_.error("not reloaded, the old configuration stays in force: %s", line.c_str());
  }

  // True: somebody has asked for it. Else no worker is left.
  bool wait_for_end() {
    for (;;) {
      pollfd wanted[] = {{.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                         {.fd = done_.fd(), .events = POLLIN, .revents = 0}};
      if (::poll(wanted, 2, Refusals::period_ms) == 0) refusals_.look(log_, proxy_->totals());
      while (const int signal = signals_.next())
        if (handle(signal)) return true;
      if (wanted[1].revents == 0) continue;
      done_.clear();
      if (proxy_->snapshot().workers == 0) return false;
    }
  }

  void drain() {
    draining_.store(true);
    const uint32_t timeout_ms = settings_.proxy.drain_timeout_ms;
    log_.say("draining for at most %u ms; a second signal ends it at once", timeout_ms);
    proxy::Receipt receipt;
    std::atomic<bool> done{false};
    std::thread drainer([&] {
      receipt = proxy_->drain(timeout_ms);
      done.store(true);
      done_.signal();
    });
    while (!done.load()) wait_while_draining();
    drainer.join();
    say_receipt(log_, receipt);
  }

  void wait_while_draining() {
    pollfd wanted[] = {{.fd = signals_.fd(), .events = POLLIN, .revents = 0},
                       {.fd = done_.fd(), .events = POLLIN, .revents = 0}};
    ::poll(wanted, 2, -1);
    if (wanted[1].revents != 0) done_.clear();  // what it is about is looked at after
    while (const int signal = signals_.next())
      if (handle(signal)) proxy_->cut();
  }

  config::Settings settings_;
  const Signals& signals_;
  const Reread& reread_;
  Log log_;
  const Invite invite_;
  const SystemClock clock_;
  HandshakeFailures failures_{log_, clock_};
  // Records come until the proxy is gone, pages are asked for until the admin is.
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<proxy::Proxy> proxy_;
  std::optional<Admin> admin_;
  std::atomic<bool> draining_{false};
  Refusals refusals_;
  Count reloads_;
  Count reload_failures_;
  sys::Notifier done_;  // a drain, or a worker
};

}  // namespace

int serve(config::Settings settings, const Signals& signals, const Reread& reread, Invite invite) {
  auto done = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  if (!done) {
    fprintf(stderr, "zproxy: %s\n", done.error().message.c_str());
    return 1;
  }
  return Server(std::move(settings), signals, reread, invite, std::move(*done)).run();
}

}  // namespace zest::zproxy
