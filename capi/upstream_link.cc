// The part of zest/upstream.h that is about one request.
#include <zest/upstream.h>

#include "capi/address.h"
#include "capi/guard.h"
#include "capi/sized.h"
#include "capi/upstream_handle.h"

using namespace zest;
using namespace zest::capi;
using upstream::Lease;
using upstream::Progress;

namespace {

zest_link_state state_of(const Lease& lease) {
  const upstream::GroupConfig& config = lease.home().config();
  zest_link_state state{.fd = lease.fd(),
                        .deadline_ns = lease.deadline_ns(),
                        .peer = static_cast<uint32_t>(lease.peer_index()),
                        .requests = lease.requests(),
                        .first_byte_timeout_ms = config.first_byte_timeout_ms,
                        .between_bytes_timeout_ms = config.between_bytes_timeout_ms};
  write_address(lease.peer().address, state.address);
  return state;
}

zest_status tell(const Result<Progress>& progress, const Lease* lease, zest_link_state* state,
                 zest_error* error) {
  if (!progress) return capi::report(progress.error(), error);
  write_sized(state, state_of(*lease));
  return *progress == Progress::connected ? ZEST_OK : ZEST_WANT_WRITE;
}

Result<bool> read_fresh(const zest_take* how) {
  if (!how) return false;
  const auto given = read_sized(how, sizeof(zest_take), "zest_take");
  if (!given) return fail(given.error());
  if ((given->flags & ~uint32_t{ZEST_TAKE_FLAGS_ALL}) != 0)
    return fail(Status::unsupported, "zest_take.flags has bits that this libzest does not know");
  return (given->flags & ZEST_TAKE_FRESH) != 0;
}

Result<void> check_state(const zest_link_state* state) {
  if (!state) return fail(Status::null_argument, "state must not be NULL");
  if (can_write(state, sizeof(zest_link_state))) return {};
  return fail(Status::unsupported, "zest_link_state.struct_size is %u: set it with its INIT",
              state->struct_size);
}

// Calls body with a sound lease of this process's.
template <typename Body>
zest_status with_link(zest_link* link, zest_link_state* state, zest_error* error, Body body) {
  const zest_status ready = usable(link);
  if (ready != ZEST_OK) return not_usable(ready, "link", error);
  return guard(error, [&]() -> zest_status {
    if (const auto good = check_state(state); !good) return capi::report(good.error(), error);
    return body(*lease_of(link));
  });
}

Result<upstream::Outcome> read_outcome(const zest_outcome* outcome) {
  const auto given = read_sized(outcome, sizeof(zest_outcome), "zest_outcome");
  if (!given) return fail(given.error());
  if (auto ok = check_reserved(given->reserved, "zest_outcome.reserved"); !ok)
    return fail(ok.error());
  if (given->failed > 1 || given->status > 999 || given->first_byte_ns < 0)
    return fail(Status::invalid_argument, "zest_outcome");
  return upstream::Outcome{
      .status = given->status, .failed = given->failed == 1, .first_byte_ns = given->first_byte_ns};
}

}  // namespace

zest_status zest_upstream_take(const zest_upstream* upstream, const zest_take* how,
                               zest_link** link, zest_link_state* state, zest_error* error) {
  const zest_status ready = usable(upstream);
  if (ready != ZEST_OK) return not_usable(ready, "upstream", error);
  if (!link) return report(Status::null_argument, "link must not be NULL", error);
  return guard(error, [&]() -> zest_status {
    if (const auto good = check_state(state); !good) return capi::report(good.error(), error);
    const auto fresh = read_fresh(how);
    if (!fresh) return capi::report(fresh.error(), error);
    Lease* lease = nullptr;
    const auto progress = Lease::take(upstream->engine, *fresh, lease);
    if (progress) *link = link_of(lease);
    return tell(progress, lease, state, error);
  });
}

zest_status zest_link_go_on(zest_link* link, zest_link_state* state, zest_error* error) {
  return with_link(link, state, error, [&](Lease& lease) -> zest_status {
    if (lease.connected() && lease.fd() < 0)
      return report(Status::invalid_argument, "its fd was released", error);
    const auto progress = lease.go_on();
    return tell(progress, &lease, state, error);
  });
}

zest_status zest_link_retry(zest_link* link, const zest_take* how, zest_link_state* state,
                            zest_error* error) {
  return with_link(link, state, error, [&](Lease& lease) {
    const auto fresh = read_fresh(how);
    if (!fresh) return capi::report(fresh.error(), error);
    const auto progress = lease.retry(*fresh);
    return tell(progress, &lease, state, error);
  });
}

zest_status zest_link_release_fd(zest_link* link, int32_t* fd) {
  const zest_status ready = usable(link);
  if (ready != ZEST_OK) return ready;
  if (!fd) return ZEST_NULL_ARGUMENT;
  Lease& lease = *lease_of(link);
  if (!lease.connected() || lease.fd() < 0) return ZEST_INVALID_ARGUMENT;
  *fd = lease.release_fd();
  return ZEST_OK;
}

zest_status zest_link_give_back(zest_link** link, uint32_t reusable, const zest_outcome* outcome) {
  if (!link) return ZEST_NULL_ARGUMENT;
  if (!*link) return ZEST_OK;
  const zest_status ready = usable(*link);
  if (ready != ZEST_OK) return ready;
  return guard([&]() -> zest_status {
    Result<upstream::Outcome> read = upstream::Outcome{};
    if (outcome) read = read_outcome(outcome);
    if (!read) return static_cast<zest_status>(read.error().status);
    Lease::give_back(lease_of(*link), reusable != 0, outcome ? &*read : nullptr);
    *link = nullptr;
    return ZEST_OK;
  });
}
