#include <zest/proxy.h>

#include "capi/guard.h"
#include "capi/hook_input.h"
#include "capi/proxy_handle.h"
#include "capi/proxy_input.h"
#include "capi/sized.h"

using namespace zest;
using namespace zest::capi;

namespace {

// Calls body(config, engine's config, lines to say) with a good configuration; says those lines in
// the end, whatever came of it.
template <typename Body>
zest_status with_config(const zest_proxy_config* config, zest_proxy_text* said, zest_error* error,
                        Body body) {
  return guard(error, [&]() -> zest_status {
    say({}, said);
    const auto given = read_config(config);
    if (!given) return capi::report(given.error(), error);
    std::string lines;
    auto loaded = load_config(*given, lines);
    const Result<void> done =
        loaded ? body(*given, std::move(*loaded), lines) : fail(loaded.error());
    if (!done && lines.empty()) lines = std::string(done.error().message.view()) + '\n';
    say(lines, said);
    return done ? ZEST_OK : capi::report(done.error(), error);
  });
}

Result<std::unique_ptr<zest_proxy>> start(const zest_proxy_config& given, proxy::Config config) {
  auto mark = sys::ForkMark::create();
  if (!mark) return fail(mark.error());
  auto handle = std::make_unique<zest_proxy>(std::move(*mark), given);
  handle->drain_timeout_ms = config.drain_timeout_ms;
  auto host = read_hooks(given.hooks, handle.get());
  if (!host) return fail(host.error());
  handle->hooks = host->hooks;
  proxy::RecordSink* sink = handle->log.sink();
  auto engine = proxy::Proxy::start(
      std::move(config), [sink](uint32_t) { return sink; }, {}, std::move(*host));
  if (!engine) return fail(engine.error());
  handle->engine = std::move(*engine);
  handle->up.store(true, std::memory_order_release);
  return handle;
}

}  // namespace

zest_status zest_proxy_start(const zest_proxy_config* config, zest_proxy** proxy,
                             zest_proxy_text* said, zest_error* error) {
  if (!proxy) return report(Status::null_argument, "proxy must not be NULL", error);
  return with_config(config, said, error,
                     [&](const zest_proxy_config& given, proxy::Config wanted,
                         std::string& lines) -> Result<void> {
                       auto started = start(given, std::move(wanted));
                       if (!started) return fail(started.error());
                       lines = lines_of((*started)->engine->report().warnings);
                       *proxy = started->release();
                       return {};
                     });
}

zest_status zest_proxy_check(const zest_proxy_config* config, zest_proxy_text* said,
                             zest_error* error) {
  return with_config(
      config, said, error,
      [](const zest_proxy_config& given, proxy::Config wanted, std::string& lines) -> Result<void> {
        if (const auto hooks = read_hooks(given.hooks, nullptr); !hooks) return fail(hooks.error());
        const auto warnings = proxy::Proxy::check(std::move(wanted));
        if (!warnings) return fail(warnings.error());
        lines = lines_of(*warnings);
        return {};
      });
}

zest_status zest_proxy_serve(const zest_proxy* proxy, int32_t fd, uint64_t listener_id,
                             zest_error* error) {
  Fd taken(fd < 0 ? -1 : fd);  // whatever else is wrong
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return not_usable(ready, "proxy", error);
  if (!taken.valid()) return report(Status::invalid_argument, "no fd was given", error);
  return guard(error, [&]() -> zest_status {
    const auto served = proxy->engine->serve(std::move(taken), listener_id);
    return served ? ZEST_OK : capi::report(served.error(), error);
  });
}

zest_status zest_proxy_reload(const zest_proxy* proxy, const zest_proxy_config* config,
                              zest_proxy_text* said, zest_error* error) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return not_usable(ready, "proxy", error);
  return with_config(
      config, said, error,
      [&](const zest_proxy_config&, proxy::Config wanted, std::string& lines) -> Result<void> {
        const uint32_t drain_timeout_ms = wanted.drain_timeout_ms;
        const auto warnings = proxy->engine->reload(std::move(wanted));
        if (!warnings) return fail(warnings.error());
        proxy->drain_timeout_ms = drain_timeout_ms;
        lines = lines_of(*warnings);
        return {};
      });
}

zest_status zest_proxy_drain(const zest_proxy* proxy, int32_t timeout_ms,
                             zest_proxy_receipt* receipt) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return ready;
  if (receipt && !can_write(receipt, sizeof(zest_proxy_receipt))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    const int64_t within_ms = timeout_ms < 0 ? proxy->drain_timeout_ms.load() : timeout_ms;
    const proxy::Receipt done = proxy->engine->drain(within_ms);
    if (receipt)
      write_sized(receipt, {.complete = done.complete,
                            .finished = done.finished,
                            .closed_idle = done.closed_idle,
                            .tunnels = done.tunnels,
                            .forced = done.forced,
                            .duration_ns = static_cast<uint64_t>(done.duration_ns)});
    return done.complete ? ZEST_OK : ZEST_TIMED_OUT;
  });
}

zest_status zest_proxy_cut(const zest_proxy* proxy) {
  const zest_status ready = usable(proxy);
  if (ready != ZEST_OK) return ready;
  return guard([&]() -> zest_status {
    proxy->engine->cut();
    return ZEST_OK;
  });
}

zest_status zest_proxy_free(zest_proxy** proxy) {
  if (!proxy) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    // In a child its threads are not there to be joined.
    if (*proxy && !(*proxy)->fork_mark.forked()) delete *proxy;
    *proxy = nullptr;
    return ZEST_OK;
  });
}
