// The part of zest/tls.h that makes contexts, and connections of them.
#include <zest/tls.h>

#include <ctime>

#include "capi/guard.h"
#include "capi/tls_handle.h"
#include "capi/tls_input.h"
#include "config/texts.h"
#include "sys/connected.h"

using namespace zest;
using namespace zest::capi;

namespace {

// Three generations of it are valid: a ticket lives for at most a day and a half.
constexpr int64_t ticket_key_period_ns = int64_t{12} * 3600 * ns_per_s;

int64_t wall_clock_s() { return static_cast<int64_t>(::time(nullptr)); }

Result<std::shared_ptr<TlsContext>> new_context() {
  auto mark = sys::ForkMark::create();
  if (!mark) return fail(mark.error());
  return std::make_shared<TlsContext>(std::move(*mark));
}

Result<void> fill_server(const zest_tls_config* config, TlsContext& into) {
  const auto wanted = read_tls_server(config);
  if (!wanted) return fail(wanted.error());
  auto keys = wanted->ticket_keys.empty()
                  ? tls::TicketKeys::make(into.clock, ticket_key_period_ns)
                  : tls::TicketKeys::from_file(wanted->ticket_keys, into.clock);
  if (!keys) return fail(keys.error());
  auto made = tls::ServerContext::create(*wanted, std::move(*keys), wall_clock_s());
  if (!made) return fail(made.error());
  into.server = std::move(*made);
  return {};
}

Result<void> fill_client(const zest_tls_config* config, TlsContext& into) {
  const auto wanted = read_tls_client(config);
  if (!wanted) return fail(wanted.error());
  auto made = tls::ClientContext::create(*wanted, wall_clock_s());
  if (!made) return fail(made.error());
  into.client = std::move(*made);
  return {};
}

using Fill = Result<void> (*)(const zest_tls_config*, TlsContext&);

zest_status make(const zest_tls_config* config, zest_tls_context** context, zest_error* error,
                 Fill fill) {
  if (!context) return report(Status::null_argument, "context must not be NULL", error);
  return guard(error, [&]() -> zest_status {
    auto handle = std::make_unique<zest_tls_context>();
    auto shared = new_context();
    if (!shared) return capi::report(shared.error(), error);
    if (auto filled = fill(config, **shared); !filled) return capi::report(filled.error(), error);
    handle->shared = std::move(*shared);
    *context = handle.release();
    return ZEST_OK;
  });
}

std::string text_of(const TlsContext& context) {
  const bool serves = context.server != nullptr;
  std::string text;
  for (const std::string& line : serves ? context.server->warnings() : context.client->warnings())
    text += line + '\n';
  return text + (serves ? context.server->kernel_words() : context.client->kernel_words()) + '\n';
}

using Made = Result<std::unique_ptr<tls::Channel>>;

// `make` is of the context's own side.
template <typename Make>
zest_status begin(const zest_tls_context* context, int32_t fd, zest_tls** tls, zest_error* error,
                  bool right_side, Make make) {
  if (!tls) return report(Status::null_argument, "tls must not be NULL", error);
  if (!right_side) return report(Status::wrong_mode, "the context is of the other side", error);
  return guard(error, [&]() -> zest_status {
    // One that has ended meanwhile is no mistake: the handshake tells.
    if (const auto is = sys::connected(fd); !is) return capi::report(is.error(), error);
    auto handle = std::make_unique<zest_tls>();
    Made made = make();
    if (!made) return capi::report(made.error(), error);
    handle->channel = std::move(*made);
    handle->context = context->shared;
    *tls = handle.release();
    return ZEST_OK;
  });
}

}  // namespace

zest_status zest_tls_context_server(const zest_tls_config* config, zest_tls_context** context,
                                    zest_error* error) {
  return make(config, context, error, fill_server);
}

zest_status zest_tls_context_client(const zest_tls_config* config, zest_tls_context** context,
                                    zest_error* error) {
  return make(config, context, error, fill_client);
}

zest_status zest_tls_context_text(const zest_tls_context* context, char* text, size_t size,
                                  size_t* needed) {
  const zest_status ready = usable(context);
  if (ready != ZEST_OK) return ready;
  if (!text && size > 0) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    const std::string whole = text_of(*context->shared);
    if (needed) *needed = whole.size() + 1;
    if (size == 0) return ZEST_INVALID_ARGUMENT;
    const size_t fits = std::min(whole.size(), size - 1);
    memcpy(text, whole.data(), fits);
    make_utf8(text, fits);
    text[fits] = 0;
    return fits == whole.size() ? ZEST_OK : ZEST_INVALID_ARGUMENT;
  });
}

zest_status zest_tls_context_free(zest_tls_context** context) {
  if (!context) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    delete *context;
    *context = nullptr;
    return ZEST_OK;
  });
}

zest_status zest_tls_server(const zest_tls_context* context, int32_t fd, zest_tls** tls,
                            zest_error* error) {
  const zest_status ready = usable(context);
  if (ready != ZEST_OK) return not_usable(ready, "context", error);
  const auto& server = context->shared->server;
  return begin(context, fd, tls, error, server != nullptr,
               [&] { return tls::Channel::server(fd, server); });
}

zest_status zest_tls_client(const zest_tls_context* context, int32_t fd, const char* server_name,
                            zest_tls** tls, zest_error* error) {
  const zest_status ready = usable(context);
  if (ready != ZEST_OK) return not_usable(ready, "context", error);
  const auto& client = context->shared->client;
  const std::string_view name(server_name ? server_name : "");
  if (client && client->verifies() && name.empty())
    return report(Status::invalid_argument, "server_name: whose certificate is it to be?", error);
  if (const char* why = name.empty() ? nullptr : config::server_name_objection(name))
    return report(fail(Status::invalid_argument, "server_name: %s", why).error(), error);
  return begin(context, fd, tls, error, client != nullptr,
               [&] { return tls::Channel::client(fd, client, std::string(name)); });
}
