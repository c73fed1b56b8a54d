// What a failed accept means. The manual page of accept(2) asks to treat pending network errors of
// the new socket like EAGAIN; each of them costs one connection, so going on at once is safe, and
// waiting would give an attacker a brake.
#pragma once

#include <cerrno>

namespace zest::acceptor {

enum class AcceptError { transient, resources, fatal };

constexpr AcceptError classify(int os_errno) {
  switch (os_errno) {
    case ECONNABORTED:
    case EAGAIN:
    case EINTR:
    case EPROTO:
    case EPERM:  // a firewall rule
    case ECONNRESET:
    case ETIMEDOUT:
    case ENETDOWN:
    case ENETUNREACH:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP: return AcceptError::transient;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS: return AcceptError::resources;
    default: return AcceptError::fatal;
  }
}

}  // namespace zest::acceptor
