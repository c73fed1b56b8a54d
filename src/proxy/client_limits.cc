#include "proxy/client_limits.h"

namespace zest::proxy {
namespace {

// One that came to an IPv6 socket over IPv4 is the IPv4 client.
std::string key_of(const sys::Address& client) {
  if (client.is_mapped())
    return {reinterpret_cast<const char*>(client.ipv6().sin6_addr.s6_addr + 12), sizeof(in_addr)};
  if (client.family() == AF_INET)
    return {reinterpret_cast<const char*>(&client.ipv4().sin_addr), sizeof(in_addr)};
  if (client.family() == AF_INET6)
    return {reinterpret_cast<const char*>(&client.ipv6().sin6_addr), sizeof(in6_addr) / 2};
  return {};
}

}  // namespace

bool ClientQuotas::enter(const sys::Address& client, uint32_t most) {
  if (most == 0 || !client.is_ip()) return true;
  const std::lock_guard lock(mutex_);
  uint32_t& count = counts_[key_of(client)];
  if (count >= most) return false;
  ++count;
  return true;
}

void ClientQuotas::leave(const sys::Address& client, uint32_t most) {
  if (most == 0 || !client.is_ip()) return;
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(key_of(client));
  if (--found->second == 0) counts_.erase(found);
}

}  // namespace zest::proxy
