#include "capi/hook_input.h"

#include "capi/address.h"
#include "capi/http_view.h"
#include "capi/sized.h"

namespace zest::capi {
namespace {

constexpr size_t protocols_max = 64;
constexpr size_t prefix_max = proxy::claim_bytes_max;

uint32_t size_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

proxy::HookVerdict verdict_of(uint32_t answered) {
  switch (answered) {
    case ZEST_HOOK_LATER: return proxy::HookVerdict::later;
    case ZEST_HOOK_PASS: return proxy::HookVerdict::pass;
    default: return proxy::HookVerdict::queue;
  }
}

proxy::HookCallback callback_of(const zest_proxy_hooks& hooks, const zest_proxy* handle) {
  if (!hooks.asked) return {};
  return [asked = hooks.asked, context = hooks.context, handle](const proxy::HookTicket& request) {
    const zest_hook_event event = event_of(request);
    return verdict_of(asked(context, handle, &event));
  };
}

proxy::Claim claim_of(uint32_t answered) {
  switch (answered) {
    case ZEST_CLAIM_YES: return proxy::Claim::yes;
    case ZEST_CLAIM_MORE: return proxy::Claim::more;
    default: return proxy::Claim::no;
  }
}

Result<proxy::HostProtocol> protocol_of(const zest_hook_protocol& given) {
  if (auto ok = check_reserved(given.reserved, "zest_hook_protocol.reserved"); !ok)
    return fail(ok.error());
  if (!given.name) return fail(Status::invalid_argument, "a protocol has no name");
  proxy::HostProtocol protocol{.name = given.name, .claims = {}};
  if (given.claims) {
    protocol.claims = [claims = given.claims, context = given.context](int64_t listener_id,
                                                                       std::string_view first) {
      const auto id = static_cast<uint64_t>(listener_id);
      return claim_of(claims(context, id, first.data(), first.size()));
    };
    return protocol;
  }
  if (!given.prefix || given.prefix_size == 0 || given.prefix_size > prefix_max)
    return fail(Status::invalid_argument,
                "protocol %s has to have claims, or a prefix of at most %zu bytes", given.name,
                prefix_max);
  protocol.claims = [prefix = std::string(given.prefix, given.prefix_size)](
                        int64_t, std::string_view first) {
    return proxy::begins_with(prefix, first);
  };
  return protocol;
}

Result<proxy::HostProtocols> protocols_of(const zest_proxy_hooks& hooks) {
  proxy::HostProtocols protocols;
  if (hooks.protocol_count > protocols_max || (hooks.protocol_count > 0 && !hooks.protocols))
    return fail(Status::invalid_argument, "%zu protocols, at most %zu", hooks.protocol_count,
                protocols_max);
  for (size_t i = 0; i < hooks.protocol_count; ++i) {
    const zest_hook_protocol* at = element(hooks.protocols, i);
    auto given = read_sized(at, sizeof(zest_hook_protocol), "zest_hook_protocol");
    if (!given) return fail(given.error());
    if (at->struct_size != hooks.protocols->struct_size)
      return fail(Status::unsupported, "protocol %zu has another struct_size than the first", i);
    auto protocol = protocol_of(*given);
    if (!protocol) return fail(protocol.error());
    protocols.push_back(std::move(*protocol));
  }
  return protocols;
}

}  // namespace

Result<proxy::Host> read_hooks(const zest_proxy_hooks* hooks, const zest_proxy* handle) {
  if (!hooks) return proxy::Host();
  const auto given = read_sized(hooks, sizeof(zest_proxy_hooks), "zest_proxy_hooks");
  if (!given) return fail(given.error());
  if (auto ok = check_flags(given->flags, ZEST_HOOK_FLAGS_ALL, "zest_proxy_hooks.flags"); !ok)
    return fail(ok.error());
  auto protocols = protocols_of(*given);
  if (!protocols) return fail(protocols.error());
  const auto kind = given->flags & ZEST_HOOK_NOTIFY_PIPE ? sys::Notifier::Kind::pipe
                                                         : sys::Notifier::Kind::eventfd;
  return proxy::Host{.hooks = std::make_shared<proxy::HookQueue>(callback_of(*given, handle), kind),
                     .protocols = std::move(*protocols)};
}

zest_hook_event event_of(const proxy::HookTicket& request) {
  const http::RequestHead& head = request.head;
  const std::string_view method = head.text(head.method);
  const std::string_view target = head.text(head.target);
  const std::string_view host = head.text(head.host);
  zest_hook_event event{
      .struct_size = sizeof(zest_hook_event),
      .kind = ZEST_HOOK_REQUEST,
      .id = request.id,
      .listener_id = static_cast<uint64_t>(request.listener_id),
      .name = request.name.data(),
      .upstream = request.upstream.data(),
      .method = method.data(),
      .target = target.data(),
      .host = host.data(),
      .head = reinterpret_cast<const zest_http_head*>(static_cast<const http::Head*>(&head)),
      .name_size = size_of(request.name),
      .upstream_size = size_of(request.upstream),
      .method_size = size_of(method),
      .target_size = size_of(target),
      .host_size = size_of(host),
      .fd = -1,
      .body_length = request.framing.length,
      .deadline_ns = request.deadline_ns,
      .body_kind = static_cast<uint32_t>(request.framing.kind),
      .encrypted = request.encrypted,
      .client = {}};
  write_address(request.client, event.client);
  return event;
}

zest_hook_event event_of(proxy::HookQueue::Taken& connection) {
  zest_hook_event event{};
  event.struct_size = sizeof(zest_hook_event);
  event.kind = ZEST_HOOK_CONNECTION;
  event.listener_id = static_cast<uint64_t>(connection.listener_id);
  event.name = connection.protocol.data();
  event.name_size = size_of(connection.protocol);
  write_address(connection.client, event.client);
  event.fd = connection.fd.release();
  return event;
}

}  // namespace zest::capi
