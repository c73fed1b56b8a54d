#include <zest/hook.h>

#include <vector>

#include "capi/guard.h"
#include "capi/hook_input.h"
#include "capi/http_view.h"
#include "capi/sized.h"

using namespace zest;
using namespace zest::capi;

namespace {

constexpr size_t copied_max = size_t{64} << 20;
constexpr size_t fields_max = 4096;

// What every call by a request's number begins with.
template <typename Body>
zest_status by_number(const zest_proxy* proxy, zest_error* error, Body body) {
  const zest_status ready = known(proxy);
  if (ready != ZEST_OK) return not_usable(ready, "proxy", error);
  return guard(error, [&]() -> zest_status {
    const Result<void> done = body(*proxy->hooks);
    return done ? ZEST_OK : capi::report(done.error(), error);
  });
}

Result<std::vector<proxy::HookField>> read_fields(const zest_hook_answer& answer) {
  std::vector<proxy::HookField> fields;
  if (answer.field_count > fields_max || (answer.field_count > 0 && !answer.fields))
    return fail(Status::invalid_argument, "%zu fields, at most %zu", answer.field_count,
                fields_max);
  for (size_t i = 0; i < answer.field_count; ++i) {
    const zest_hook_field& field = answer.fields[i];
    if (!readable(field.name, field.name_size))
      return fail(Status::null_argument, "fields[%zu]: its name is NULL", i);
    if (!readable(field.value, field.value_size))
      return fail(Status::null_argument, "fields[%zu]: its value is NULL", i);
    fields.push_back(
        {.name = text(field.name, field.name_size), .value = text(field.value, field.value_size)});
  }
  return fields;
}

Result<void> read_body(const zest_hook_answer& answer, proxy::HookBody& body) {
  if (!readable(answer.body, answer.body_size))
    return fail(Status::null_argument, "body must not be NULL");
  const std::string_view bytes = text(answer.body, answer.body_size);
  if (answer.release) {
    body.borrow(bytes, answer.release, answer.release_context);
    return {};
  }
  if (bytes.size() > copied_max)
    return fail(Status::invalid_argument, "a body of %zu bytes, at most %zu are copied",
                bytes.size(), copied_max);
  if (!body.copy(bytes)) return fail(Status::out_of_memory, "out of memory for the body");
  return {};
}

// The body is the caller's again, unless it was taken.
Result<void> decide(proxy::HookQueue& hooks, uint64_t id, const zest_hook_answer& answer,
                    proxy::HookBody& body) {
  if (answer.status > UINT16_MAX)
    return fail(Status::invalid_argument, "%u is no status of an answer", answer.status);
  const auto fields = read_fields(answer);
  if (!fields) return fail(fields.error());
  if (auto read = read_body(answer, body); !read) return read;
  auto decision = proxy::answer_of(static_cast<uint16_t>(answer.status), *fields, body);
  if (!decision) return fail(decision.error());
  auto done = hooks.answer(id, *decision);
  if (!done) body = std::move(decision->body);
  return done;
}

Result<void> pass_with(proxy::HookQueue& hooks, uint64_t id, const zest_hook_passing& passing) {
  if (passing.reserved != 0)
    return fail(Status::unsupported, "zest_hook_passing.reserved is not 0");
  if (!readable(passing.upstream, passing.upstream_size))
    return fail(Status::null_argument, "upstream must not be NULL");
  auto changes = read_changes(passing);
  if (!changes) return fail(changes.error());
  if (passing.upstream_size == 0) return hooks.pass(id, std::move(*changes));
  return hooks.route(id, text(passing.upstream, passing.upstream_size), std::move(*changes));
}

}  // namespace

zest_status zest_hook_fd(const zest_proxy* proxy, int32_t* fd) {
  const zest_status ready = known(proxy);
  if (ready != ZEST_OK) return ready;
  if (!fd) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    const auto found = proxy->hooks->fd();
    if (!found) return status_of(found.error().status);
    *fd = *found;
    return ZEST_OK;
  });
}

zest_status zest_hook_next(const zest_proxy* proxy, zest_hook_event* event, int32_t timeout_ms) {
  const zest_status ready = known(proxy);
  if (ready != ZEST_OK) return ready;
  if (!event) return ZEST_NULL_ARGUMENT;
  if (!can_write(event, sizeof(zest_hook_event))) return ZEST_UNSUPPORTED;
  return guard([&]() -> zest_status {
    auto taken = proxy->hooks->take(timeout_ms);
    if (!taken) return status_of(taken.error().status);
    write_sized(event, taken->request ? event_of(*taken->request) : event_of(*taken));
    return ZEST_OK;
  });
}

zest_status zest_hook_answer_with(const zest_proxy* proxy, uint64_t id,
                                  const zest_hook_answer* answer, zest_error* error) {
  return by_number(proxy, error, [&](proxy::HookQueue& hooks) -> Result<void> {
    if (!answer) return fail(Status::null_argument, "answer must not be NULL");
    const auto given = read_sized(answer, sizeof(zest_hook_answer), "zest_hook_answer");
    if (!given) return fail(given.error());
    if (auto waits = hooks.check(id); !waits) return waits;
    proxy::HookBody body;
    const Result<void> decided = decide(hooks, id, *given, body);
    body.forget();
    return decided;
  });
}

zest_status zest_hook_pass(const zest_proxy* proxy, uint64_t id, zest_error* error) {
  return by_number(proxy, error, [&](proxy::HookQueue& hooks) { return hooks.pass(id); });
}

zest_status zest_hook_route(const zest_proxy* proxy, uint64_t id, const char* upstream,
                            size_t upstream_size, zest_error* error) {
  return by_number(proxy, error, [&](proxy::HookQueue& hooks) -> Result<void> {
    if (!readable(upstream, upstream_size))
      return fail(Status::null_argument, "upstream must not be NULL");
    return hooks.route(id, text(upstream, upstream_size));
  });
}

zest_status zest_hook_pass_with(const zest_proxy* proxy, uint64_t id,
                                const zest_hook_passing* passing, zest_error* error) {
  return by_number(proxy, error, [&](proxy::HookQueue& hooks) -> Result<void> {
    if (!passing) return fail(Status::null_argument, "passing must not be NULL");
    const auto given = read_sized(passing, sizeof(zest_hook_passing), "zest_hook_passing");
    if (!given) return fail(given.error());
    if (auto waits = hooks.check(id); !waits) return waits;
    return pass_with(hooks, id, *given);
  });
}
