// The part of zest/tls.h that drives a connection.
#include <zest/tls.h>

#include "capi/guard.h"
#include "capi/sized.h"
#include "capi/tls_handle.h"

using namespace zest;
using namespace zest::capi;

namespace {

using tls::Channel;
using Step = Channel::Step;

zest_status report_step(Step step, const Channel& channel, zest_error* error) {
  switch (step) {
    case Step::done: return ZEST_OK;
    case Step::want_read: return ZEST_WANT_READ;
    case Step::want_write: return ZEST_WANT_WRITE;
    case Step::ended: return report(Status::closed, "TLS was ended in order", error);
    case Step::truncated:
      return report(Status::tls_truncated, "the connection ended without TLS's own end", error);
    case Step::not_tls: return report(Status::tls_not_tls, "the first bytes are no TLS", error);
    case Step::failed: return report(Status::tls_failed, channel.why(), error);
    case Step::broken:
      return report(fail_errno(channel.error(), "the connection is broken").error(), error);
  }
  return ZEST_INTERNAL;
}

// One that has failed says so itself.
bool shakes_hands(const Channel& channel) {
  return !channel.is_open() && *channel.why() == 0 && channel.error() == 0;
}

// Calls body(channel) for its step, once the handshake is over.
template <typename Body>
zest_status step(zest_tls* tls, zest_error* error, Body body) {
  const zest_status ready = usable(tls);
  if (ready != ZEST_OK) return not_usable(ready, "tls", error);
  return guard(error, [&]() -> zest_status {
    Channel& channel = *tls->channel;
    if (shakes_hands(channel))
      return report(Status::wrong_mode, "the handshake is not over", error);
    if (!channel.is_open() && channel.error() != 0)  // it broke while shaking hands
      return report_step(Step::broken, channel, error);
    return report_step(body(channel), channel, error);
  });
}

uint32_t size_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

zest_tls_facts facts_of(const Channel& channel) {
  const tls::Facts& facts = channel.facts();
  const std::string_view cipher = facts.cipher;
  return {.version = facts.version == tls::Version::tls13 ? uint32_t{ZEST_TLS_1_3}
                                                          : uint32_t{ZEST_TLS_1_2},
          .resumed = facts.resumed,
          .mode = channel.in_kernel(),
          .cipher = cipher.data(),
          .alpn = facts.alpn.c_str(),
          .server_name = facts.server_name.text().data(),
          .peer_subject = facts.subject.text().data(),
          .peer_fingerprint = facts.fingerprint.c_str(),
          .cipher_size = size_of(cipher),
          .alpn_size = size_of(facts.alpn.view()),
          .server_name_size = size_of(facts.server_name.text()),
          .peer_subject_size = size_of(facts.subject.text()),
          .peer_fingerprint_size = size_of(facts.fingerprint.view())};
}

}  // namespace

zest_status zest_tls_handshake(zest_tls* tls, uint32_t* mode, zest_error* error) {
  const zest_status ready = usable(tls);
  if (ready != ZEST_OK) return not_usable(ready, "tls", error);
  return guard(error, [&]() -> zest_status {
    const Step at = tls->channel->handshake();
    if (at == Step::done && mode)
      *mode = tls->channel->in_kernel() ? ZEST_TLS_KERNEL : ZEST_TLS_USER;
    return report_step(at, *tls->channel, error);
  });
}

zest_status zest_tls_read(zest_tls* tls, void* bytes, size_t size, size_t* got, zest_error* error) {
  if (!bytes || !got) return report(Status::null_argument, "bytes and got must not be NULL", error);
  if (size == 0) return report(Status::invalid_argument, "no room to read into", error);
  return step(tls, error, [&](Channel& channel) {
    const Channel::Moved moved = channel.read({static_cast<std::byte*>(bytes), size});
    if (moved.step == Step::done) *got = moved.size;
    return moved.step;
  });
}

zest_status zest_tls_write(zest_tls* tls, const void* bytes, size_t size, size_t* taken,
                           zest_error* error) {
  if ((!bytes && size > 0) || !taken)
    return report(Status::null_argument, "bytes and taken must not be NULL", error);
  return step(tls, error, [&](Channel& channel) {
    const Channel::Moved moved = channel.write({static_cast<const std::byte*>(bytes), size});
    if (moved.step == Step::done || moved.step == Step::want_write) *taken = moved.size;
    return moved.step;
  });
}

zest_status zest_tls_flush(zest_tls* tls, zest_error* error) {
  return step(tls, error, [](Channel& channel) { return channel.flush(); });
}

zest_status zest_tls_pending(const zest_tls* tls, size_t* bytes) {
  const zest_status ready = usable(tls);
  if (ready != ZEST_OK) return ready;
  if (!bytes) return ZEST_NULL_ARGUMENT;
  *bytes = tls->channel->waiting();
  return ZEST_OK;
}

zest_status zest_tls_shutdown(zest_tls* tls, zest_error* error) {
  return step(tls, error, [](Channel& channel) { return channel.close(); });
}

zest_status zest_tls_hear(zest_tls* tls, zest_error* error) {
  const zest_status ready = usable(tls);
  if (ready != ZEST_OK) return not_usable(ready, "tls", error);
  if (!tls->channel->in_kernel())
    return report(Status::wrong_mode, "the kernel does not do the records", error);
  return step(tls, error, [](Channel& channel) { return channel.hear(); });
}

zest_status zest_tls_facts_get(const zest_tls* tls, zest_tls_facts* out) {
  const zest_status ready = usable(tls);
  if (ready != ZEST_OK) return ready;
  if (!out) return ZEST_NULL_ARGUMENT;
  if (!can_write(out, sizeof(zest_tls_facts))) return ZEST_UNSUPPORTED;
  if (!tls->channel->is_open()) return ZEST_WRONG_MODE;
  write_sized(out, facts_of(*tls->channel));
  return ZEST_OK;
}

zest_status zest_tls_free(zest_tls** tls) {
  if (!tls) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    delete *tls;
    *tls = nullptr;
    return ZEST_OK;
  });
}
