#include "base/status.h"

#include <cerrno>

namespace zest {

const char* status_name(Status status) {
  switch (status) {
    case Status::ok: return "ZEST_OK";
    case Status::timed_out: return "ZEST_TIMED_OUT";
    case Status::closed: return "ZEST_CLOSED";
    case Status::listener_failed: return "ZEST_LISTENER_FAILED";
    case Status::need_more: return "ZEST_NEED_MORE";
    case Status::want_read: return "ZEST_WANT_READ";
    case Status::want_write: return "ZEST_WANT_WRITE";
    case Status::null_argument: return "ZEST_NULL_ARGUMENT";
    case Status::invalid_argument: return "ZEST_INVALID_ARGUMENT";
    case Status::unsupported: return "ZEST_UNSUPPORTED";
    case Status::bad_address: return "ZEST_BAD_ADDRESS";
    case Status::duplicate_listener: return "ZEST_DUPLICATE_LISTENER";
    case Status::wrong_thread: return "ZEST_WRONG_THREAD";
    case Status::wrong_mode: return "ZEST_WRONG_MODE";
    case Status::forked: return "ZEST_FORKED";
    case Status::address_in_use: return "ZEST_ADDRESS_IN_USE";
    case Status::address_not_available: return "ZEST_ADDRESS_NOT_AVAILABLE";
    case Status::permission_denied: return "ZEST_PERMISSION_DENIED";
    case Status::out_of_fds: return "ZEST_OUT_OF_FDS";
    case Status::out_of_memory: return "ZEST_OUT_OF_MEMORY";
    case Status::system: return "ZEST_SYSTEM";
    case Status::bad_message: return "ZEST_BAD_MESSAGE";
    case Status::refused: return "ZEST_REFUSED";
    case Status::limit_reached: return "ZEST_LIMIT_REACHED";
    case Status::tls_failed: return "ZEST_TLS_FAILED";
    case Status::tls_truncated: return "ZEST_TLS_TRUNCATED";
    case Status::tls_not_tls: return "ZEST_TLS_NOT_TLS";
    case Status::internal: return "ZEST_INTERNAL";
  }
  return "unknown status";
}

Status status_of_errno(int os_errno) {
  switch (os_errno) {
    case 0: return Status::ok;
    case EADDRINUSE: return Status::address_in_use;
    case EADDRNOTAVAIL: return Status::address_not_available;
    case EACCES:
    case EPERM: return Status::permission_denied;
    case EMFILE:
    case ENFILE: return Status::out_of_fds;
    case ENOMEM:
    case ENOBUFS: return Status::out_of_memory;
    case ETIME:
    case ETIMEDOUT: return Status::timed_out;
    default: return Status::system;
  }
}

}  // namespace zest
