#include "net/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/socket.h"

namespace zest::net {
namespace {

int type_of(Protocol protocol) { return protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM; }

Result<void> share_port(int fd) {
  return sys::set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
}

// For TCP it lets a restart bind while old connections linger in TIME_WAIT. For UDP it would let
// strangers share the port, so it is not set.
Result<void> reuse_address(int fd, const BindOptions& options) {
  if (options.protocol != Protocol::tcp) return {};
  return sys::set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
}

Result<void> prepare(int fd, int family, const BindOptions& options) {
  if (auto set = reuse_address(fd, options); !set) return set;
  if (options.reuseport)
    if (auto set = share_port(fd); !set) return set;
  if (options.protocol == Protocol::local) return {};
  if (auto set = apply_before_bind(fd, family, options.socket); !set) return set;
  return options.protocol == Protocol::tcp ? apply_tcp(fd, options.socket) : Result<void>();
}

Result<void> set_mode(const sys::Address& address, uint32_t mode) {
  const std::string_view path = address.unix_name();
  if (mode == 0 || path.empty() || path.front() == 0) return {};
  if (::chmod(path.data(), mode) != 0)
    return fail_errno(errno, "chmod %s", address.format().c_str());
  return {};
}

}  // namespace

Result<Bound> bind_socket(const sys::Address& address, const BindOptions& options) {
  auto fd = sys::open_socket(address.family(), type_of(options.protocol));
  if (!fd) return fail(fd.error());
  if (auto set = prepare(fd->get(), address.family(), options); !set) return fail(set.error());
  if (auto bound = sys::bind(fd->get(), address); !bound) return fail(bound.error());
  UnixPath path(address);
  if (auto set = set_mode(address, options.unix_mode); !set) return fail(set.error());
  auto local = sys::local_address(fd->get());
  if (!local) return fail(local.error());
  return Bound{.fd = std::move(*fd), .address = *local, .path = std::move(path)};
}

Result<Bound> adopt_socket(Fd fd, const BindOptions& options) {
  const Protocol protocol = options.protocol;
  auto type = sys::get_option(fd.get(), SOL_SOCKET, SO_TYPE, "adopt fd");
  if (!type) return fail(type.error());
  if (*type != type_of(protocol))
    return fail(Status::invalid_argument, "adopt fd %d: a socket of another type than its protocol",
                fd.get());
  auto local = sys::local_address(fd.get());
  if (!local) return fail(local.error());
  const bool local_family = local->family() == AF_UNIX;
  if (local_family != (protocol == Protocol::local) || (!local_family && !local->is_ip()))
    return fail(Status::invalid_argument, "adopt fd %d: its address is not of its protocol",
                fd.get());
  if (local->is_ip() && local->port() == 0)
    return fail(Status::invalid_argument, "adopt fd %d: it is not bound", fd.get());
  if (auto set = sys::set_nonblocking(fd.get()); !set) return fail(set.error());
  if (auto set = sys::set_close_on_exec(fd.get()); !set) return fail(set.error());
  if (protocol == Protocol::tcp)
    if (auto set = apply_tcp(fd.get(), options.socket); !set) return fail(set.error());
  return Bound{.fd = std::move(fd), .address = *local, .path = {}};
}

Result<void> probe_port(const sys::Address& address, const BindOptions& options) {
  BindOptions alone = options;
  alone.reuseport = false;
  auto bound = bind_socket(address, alone);
  if (!bound) return fail(bound.error());
  return {};
}

Result<bool> remove_stale_unix(const sys::Address& address) {
  const std::string_view path = address.unix_name();
  if (path.empty() || path.front() == 0) return false;
  struct stat file{};
  if (::lstat(path.data(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  // Of another type than ours, so that a living server is told from a dead one (EPROTOTYPE and
  // ECONNREFUSED) without a connection that it would have to accept, also before it listens.
  auto probe = sys::open_socket(AF_UNIX, SOCK_DGRAM);
  if (!probe) return fail(probe.error());
  if (::connect(probe->get(), address.get(), address.size()) == 0 || errno != ECONNREFUSED)
    return false;
  if (::unlink(path.data()) != 0)
    return fail_errno(errno, "remove stale %s", address.format().c_str());
  return true;
}

}  // namespace zest::net
