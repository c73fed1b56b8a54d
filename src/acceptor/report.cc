#include "acceptor/report.h"

#include <sys/stat.h>

#include <cerrno>

#include "acceptor/fd_reserve.h"
#include "base/printable.h"
#include "sys/system.h"

namespace zest::acceptor {
namespace {

// A socket file that a server has left behind was removed before: what is there is something else.
const char* cure_in_use_unix(const sys::Address& address) {
  const std::string_view name = address.unix_name();
  struct stat file{};
  const bool abstract = name.empty() || name.front() == 0;
  if (abstract || ::lstat(name.data(), &file) != 0 || S_ISSOCK(file.st_mode))
    return "; another process listens there: stop it, or choose another name";
  if (S_ISDIR(file.st_mode)) return "; it is a directory: name a file in it that does not exist";
  return "; a file that is no socket is there: remove it, or choose another path";
}

const char* cure_in_use(const ReportRow& row) {
  if (row.address.family() == AF_UNIX) return cure_in_use_unix(row.address);
  if (row.joins)
    return "; another process listens there, without SO_REUSEPORT or as another user: stop it";
  return "; another process listens there: stop it, or join it with ZEST_LISTENER_JOIN";
}

bool lacks_zone(const sys::Address& address) {
  return address.family() == AF_INET6 && address.ipv6().sin6_scope_id == 0 &&
         IN6_IS_ADDR_LINKLOCAL(&address.ipv6().sin6_addr);
}

const char* cure(const ReportRow& row) {
  switch (row.os_errno) {
    case EADDRINUSE: return cure_in_use(row);
    case ENOENT: return "; the directory of the path does not exist";
    case EAGAIN:
      return "; raise the limit of processes and threads (ulimit -u, a container's pids)";
    case EINVAL:
      return lacks_zone(row.address) ? "; name the interface, as in [fe80::1%eth0]:80" : "";
    case EACCES:
      return row.address.family() == AF_UNIX
                 ? "; the directory is not writable for this user"
                 : "; ports below net.ipv4.ip_unprivileged_port_start need root or "
                   "CAP_NET_BIND_SERVICE";
    case EADDRNOTAVAIL: return "; no interface has this address (ip addr)";
    case EAFNOSUPPORT: return "; this address family is switched off in the kernel";
    case EMFILE: return "; raise the limit of open files (ulimit -n)";  // and see tell_limit()
    case ENFILE: return "; raise fs.file-max";
    default: return "";
  }
}

void tell_limit(ReportRow& row) {
  if (row.os_errno != EMFILE) return;
  row.note.append(", which is %llu, %zu of them for connections",
                  static_cast<unsigned long long>(sys::file_limit().soft), FdReserve::most);
}

const char* backend_name(io::BackendKind kind) {
  switch (kind) {
    case io::BackendKind::uring: return "io_uring";
    case io::BackendKind::epoll: return "epoll";
    case io::BackendKind::automatic: return "-";
  }
  return "-";
}

const char* steering_name(const ReportRow& row) {
  if (!row.reuseport) return "single";
  switch (row.steering) {
    case Steering::hash: return "hash";
    case Steering::cpu: return "cpu";
    case Steering::less_loaded: return "less-loaded";
  }
  return "-";
}

std::string number_or_dash(int64_t number) { return number < 0 ? "-" : std::to_string(number); }

std::string format_row(const ReportRow& row) {
  Text<640> line;
  Text<160> address = row.address.format();
  if (row.status != Status::ok) append_printable(address = {}, row.asked_address);
  const std::string backlog =
      std::to_string(row.backlog_effective) + "/" + std::to_string(row.backlog_asked);
  line.append("%8llu  %-28s %5s  %-6s  %-8s  %-11s  %4s  %11s  %s\n",
              static_cast<unsigned long long>(row.listener_id), address.c_str(),
              number_or_dash(row.shard == no_shard ? -1 : row.shard).c_str(),
              row.status == Status::ok ? "ok" : "failed", backend_name(row.backend),
              steering_name(row), number_or_dash(row.cpu).c_str(), backlog.c_str(),
              row.note.c_str());
  return line.c_str();
}

std::string format_system() {
  Text<400> line;
  const sys::FileLimit files = sys::file_limit();
  const auto somaxconn = sys::read_number("/proc/sys/net/core/somaxconn");
  const auto migrate = sys::read_number("/proc/sys/net/ipv4/tcp_migrate_req");
  line.append(
      "kernel %s, open files %s of %llu (at most %llu), net.core.somaxconn %s, "
      "net.ipv4.tcp_migrate_req %s\n",
      sys::kernel_release().c_str(), number_or_dash(sys::open_files().value_or(-1)).c_str(),
      static_cast<unsigned long long>(files.soft), static_cast<unsigned long long>(files.hard),
      number_or_dash(somaxconn.value_or(-1)).c_str(), number_or_dash(migrate.value_or(-1)).c_str());
  return line.c_str();
}

}  // namespace

void ReportRow::failed(const Error& error) {
  status = error.status;
  os_errno = error.os_errno;
  note = {};
  note.append("listener %llu on ", static_cast<unsigned long long>(listener_id));
  append_printable(note, asked_address);
  note.append(": %s%s", error.message.c_str(), cure(*this));
  tell_limit(*this);
}

void ReportRow::add_note(const char* text) { note.append("%s%s", note.empty() ? "" : "; ", text); }

std::string format(const Report& report) {
  std::string table =
      "listener  address                      shard  state   backend   steering      cpu      "
      "backlog  note\n";
  for (const ReportRow& row : report.rows) table += format_row(row);
  return table + format_system();
}

}  // namespace zest::acceptor
