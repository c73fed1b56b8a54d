#include "capi/address.h"

#include <cstring>

namespace zest::capi {

// Only what counts is written: a Unix path's place is left as it is for an IP address.
void write_address(const sys::Address& from, zest_address& into) {
  into.family = ZEST_FAMILY_NONE;
  into.port = from.port();
  into.scope_id = 0;
  into.path_size = 0;
  memset(into.ip, 0, sizeof into.ip);
  if (from.family() == AF_INET) {
    into.family = ZEST_FAMILY_IPV4;
    memcpy(into.ip, &from.ipv4().sin_addr, sizeof from.ipv4().sin_addr);
  } else if (from.family() == AF_INET6) {
    into.family = ZEST_FAMILY_IPV6;
    into.scope_id = from.ipv6().sin6_scope_id;
    memcpy(into.ip, &from.ipv6().sin6_addr, sizeof into.ip);
  } else if (from.family() == AF_UNIX) {
    const std::string_view name = from.unix_name();
    into.family = ZEST_FAMILY_UNIX;
    into.path_size = static_cast<uint32_t>(name.copy(into.path, sizeof into.path));
  }
}

}  // namespace zest::capi
