#include <zest/base.h>

#include <arpa/inet.h>

#include <cstddef>

#include "capi/guard.h"
#include "sys/address.h"

namespace zest::capi {
namespace {

static_assert(ZEST_OK == status_of(Status::ok));
static_assert(ZEST_TIMED_OUT == status_of(Status::timed_out));
static_assert(ZEST_CLOSED == status_of(Status::closed));
static_assert(ZEST_LISTENER_FAILED == status_of(Status::listener_failed));
static_assert(ZEST_NEED_MORE == status_of(Status::need_more));
static_assert(ZEST_WANT_READ == status_of(Status::want_read));
static_assert(ZEST_WANT_WRITE == status_of(Status::want_write));
static_assert(ZEST_NULL_ARGUMENT == status_of(Status::null_argument));
static_assert(ZEST_INVALID_ARGUMENT == status_of(Status::invalid_argument));
static_assert(ZEST_UNSUPPORTED == status_of(Status::unsupported));
static_assert(ZEST_BAD_ADDRESS == status_of(Status::bad_address));
static_assert(ZEST_DUPLICATE_LISTENER == status_of(Status::duplicate_listener));
static_assert(ZEST_WRONG_THREAD == status_of(Status::wrong_thread));
static_assert(ZEST_WRONG_MODE == status_of(Status::wrong_mode));
static_assert(ZEST_FORKED == status_of(Status::forked));
static_assert(ZEST_ADDRESS_IN_USE == status_of(Status::address_in_use));
static_assert(ZEST_ADDRESS_NOT_AVAILABLE == status_of(Status::address_not_available));
static_assert(ZEST_PERMISSION_DENIED == status_of(Status::permission_denied));
static_assert(ZEST_OUT_OF_FDS == status_of(Status::out_of_fds));
static_assert(ZEST_OUT_OF_MEMORY == status_of(Status::out_of_memory));
static_assert(ZEST_SYSTEM == status_of(Status::system));
static_assert(ZEST_BAD_MESSAGE == status_of(Status::bad_message));
static_assert(ZEST_REFUSED == status_of(Status::refused));
static_assert(ZEST_LIMIT_REACHED == status_of(Status::limit_reached));
static_assert(ZEST_TLS_FAILED == status_of(Status::tls_failed));
static_assert(ZEST_TLS_TRUNCATED == status_of(Status::tls_truncated));
static_assert(ZEST_TLS_NOT_TLS == status_of(Status::tls_not_tls));
static_assert(ZEST_INTERNAL == status_of(Status::internal));

sys::Address read_address(const zest_address& from) {
  if (from.family == ZEST_FAMILY_IPV4) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(from.port);
    memcpy(&ipv4.sin_addr, from.ip, sizeof ipv4.sin_addr);
    return sys::Address::from(reinterpret_cast<sockaddr*>(&ipv4), sizeof ipv4);
  }
  if (from.family == ZEST_FAMILY_IPV6) {
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(from.port);
    ipv6.sin6_scope_id = from.scope_id;
    memcpy(&ipv6.sin6_addr, from.ip, sizeof ipv6.sin6_addr);
    return sys::Address::from(reinterpret_cast<sockaddr*>(&ipv6), sizeof ipv6);
  }
  if (from.family != ZEST_FAMILY_UNIX) return {};
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  const size_t size = std::min<size_t>(from.path_size, sizeof local.sun_path);
  memcpy(local.sun_path, from.path, size);
  return sys::Address::from(reinterpret_cast<sockaddr*>(&local),
                            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size));
}

}  // namespace

}  // namespace zest::capi

using namespace zest;
using namespace zest::capi;

uint32_t zest_version(void) { return ZEST_VERSION_NUMBER; }

const char* zest_status_string(zest_status status) {
  return status_name(static_cast<Status>(status));
}

zest_status zest_address_format(const zest_address* address, char* text, size_t size) {
  if (!address || !text) return ZEST_NULL_ARGUMENT;
  return guard([&]() -> zest_status {
    const auto written = read_address(*address).format();
    if (size == 0) return ZEST_INVALID_ARGUMENT;
    const size_t fits = std::min(written.view().size(), size - 1);
    memcpy(text, written.c_str(), fits);
    text[fits] = 0;
    return fits == written.view().size() ? ZEST_OK : ZEST_INVALID_ARGUMENT;
  });
}
