#include "acceptor/fd_passing.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/clock.h"
#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::acceptor {
namespace {

struct Header {
  uint32_t magic = 0x3144465a;  // "ZFD1"
  uint32_t count = 0;
};

// What goes over the wire, and room for the fds beside it.
struct Message {
  Header header;
  std::array<PassedRecord, passed_max> records;
  char beyond;  // to see that there is nothing
};
constexpr size_t size_of(size_t count) { return sizeof(Header) + count * sizeof(PassedRecord); }

// Room for all fds that a peer can send in one message, so that none that we don't want is cut off
// unseen; and for what the owner of the socket may have switched on (SO_PASSCRED and its like).
constexpr size_t kernel_fds_max = 253;
struct Control {
  alignas(cmsghdr) char bytes[CMSG_SPACE(kernel_fds_max * sizeof(int)) + 512];
};

// A message that has begun on a stream must end there: it gets at least so long, whatever the
// caller's deadline says.
constexpr int64_t finish_ns = ns_per_s;

int64_t finish_deadline(int64_t deadline_ns) {
  return std::max(deadline_ns, SystemClock().now_ns() + finish_ns);
}

Result<void> wait_for(int socket, short events, int64_t deadline_ns) {
  const SystemClock clock;
  for (;;) {
    int timeout_ms = -1;
    if (deadline_ns != never_ns) {
      const int64_t left_ms = (deadline_ns - clock.now_ns() + ns_per_ms - 1) / ns_per_ms;
      if (left_ms <= 0) return fail(Status::timed_out, "the peer is not ready");
      timeout_ms = static_cast<int>(std::min<int64_t>(left_ms, INT_MAX));
    }
    pollfd waiting{.fd = socket, .events = events, .revents = 0};
    const int ready = ::poll(&waiting, 1, timeout_ms);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail_errno(errno, "poll");
  }
}

std::unexpected<Error> peer_closed() { return fail(Status::closed, "the peer has closed"); }

// Calls until it transfers something, waiting in between. 0 bytes: the peer closed.
template <typename Call>
Result<size_t> transfer(int socket, short events, int64_t deadline_ns, const char* words,
                        Call call) {
  for (;;) {
    const int injected = sys::fault::at(words, {EINTR, ENOBUFS});
    const ssize_t moved = injected ? -1 : call();
    if (moved >= 0) return static_cast<size_t>(moved);
    const int error = injected ? injected : errno;
    if (error == EPIPE || error == ECONNRESET) return peer_closed();
    if (error != EINTR && error != EAGAIN) return fail_errno(error, "%s", words);
    if (auto ready = wait_for(socket, events, deadline_ns); !ready) return fail(ready.error());
  }
}

// On a stream a message may go out in pieces; the fds go with the first.
Result<void> send_rest(int socket, std::span<const char> rest, int64_t deadline_ns) {
  if (!rest.empty()) deadline_ns = finish_deadline(deadline_ns);
  while (!rest.empty()) {
    auto sent = transfer(socket, POLLOUT, deadline_ns, "send connections", [&] {
      return ::send(socket, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    });
    if (!sent && sent.error().status == Status::timed_out)
      return fail(Status::closed, "the peer has stopped reading in the middle of a message");
    if (!sent) return fail(sent.error());
    rest = rest.subspan(*sent);
  }
  return {};
}

// Fds of a message that turns out to be wrong are closed by this.
class ReceivedFds {
 public:
  ReceivedFds() = default;
  ~ReceivedFds() {
    for (const int fd : std::span(fds_).first(count_)) ::close(fd);
  }
  ReceivedFds(const ReceivedFds&) = delete;
  ReceivedFds& operator=(const ReceivedFds&) = delete;

  void collect(msghdr& message) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
      const size_t bytes = part->cmsg_len - CMSG_LEN(0);
      const size_t count = std::min(bytes / sizeof(int), fds_.size() - count_);
      memcpy(fds_.data() + count_, CMSG_DATA(part), count * sizeof(int));
      count_ += count;
    }
  }
  size_t count() const { return count_; }
  void hand_over(std::span<int> into) {
    std::copy_n(fds_.begin(), count_, into.begin());
    count_ = 0;
  }

 private:
  std::array<int, kernel_fds_max> fds_;
  size_t count_ = 0;
};

std::unexpected<Error> bad(const char* why) {
  return fail(Status::bad_message, "not a message of zest_send_fds: %s", why);
}

Result<void> check(const PassedAddress& address) {
  // The families of a zest_address.
  if (address.family != 0 && address.family != 1 && address.family != 4 && address.family != 6)
    return bad("an unknown family");
  if (address.path_size > sizeof address.path) return bad("a path longer than its place");
  return {};
}

Result<void> check(const PassedRecord& record) {
  if (record.protocol > 2) return bad("an unknown protocol");
  if (auto checked = check(record.local); !checked) return checked;
  return check(record.remote);
}

// The beginning of a message, of which `got` bytes and these fds have been seen.
Result<void> check(const Header& header, size_t got, const ReceivedFds& fds, bool in_pieces) {
  if (got < sizeof header || header.magic != Header{}.magic) return bad("another header");
  if (header.count == 0 || header.count > passed_max) return bad("a count out of range");
  if (header.count != fds.count()) return bad("another number of fds than it says");
  if (got > size_of(header.count)) return bad("more bytes than it says");
  if (got < size_of(header.count) && !in_pieces) return bad("fewer bytes than it says");
  return {};
}

// Looks at what comes next, and takes its fds, but leaves it where it is.
Result<size_t> peek(int socket, Message& message, ReceivedFds& fds, bool& truncated,
                    int64_t deadline_ns) {
  Control control;
  iovec bytes{.iov_base = &message, .iov_len = size_of(passed_max) + 1};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  auto got = transfer(socket, POLLIN, deadline_ns, "receive connections", [&] {
    header.msg_control = &control;
    header.msg_controllen = sizeof control;
    return ::recvmsg(socket, &header, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  });
  if (!got) return got;
  fds.collect(header);
  truncated = (header.msg_flags & MSG_CTRUNC) != 0;
  if (*got == 0 && fds.count() == 0) return peer_closed();
  return got;
}

// Takes `size` bytes off the socket. There is no place for fds: those of the message are gone then,
// and what peek() took are copies.
Result<void> consume(int socket, Message& message, size_t size, int64_t deadline_ns) {
  deadline_ns = finish_deadline(deadline_ns);
  auto* bytes = reinterpret_cast<char*>(&message);
  for (size_t got = 0; got < size;) {
    auto more = transfer(socket, POLLIN, deadline_ns, "receive connections",
                         [&] { return ::recv(socket, bytes + got, size - got, MSG_DONTWAIT); });
    const bool late = !more && more.error().status == Status::timed_out;
    if (late || (more && *more == 0)) return bad("it ends in the middle");
    if (!more) return fail(more.error());
    got += *more;
  }
  return {};
}

}  // namespace

Result<void> send_connections(int socket, std::span<const PassedRecord> records,
                              std::span<const int> fds, int64_t deadline_ns) {
  // Another kind of socket would carry the bytes and silently leave the fds behind.
  const auto family = sys::get_option(socket, SOL_SOCKET, SO_DOMAIN, "send connections");
  if (!family) return fail(family.error());
  if (*family != AF_UNIX) return fail(Status::invalid_argument, "fd %d is no Unix socket", socket);
  Header header{.count = static_cast<uint32_t>(records.size())};
  Control control;
  iovec parts[] = {
      {.iov_base = &header, .iov_len = sizeof header},
      {.iov_base = const_cast<PassedRecord*>(records.data()), .iov_len = records.size_bytes()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = &control;
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(fds.size_bytes());
  memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());

  auto sent = transfer(socket, POLLOUT, deadline_ns, "send connections",
                       [&] { return ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL); });
  if (!sent) return fail(sent.error());
  std::span<const char> rest(reinterpret_cast<const char*>(records.data()), records.size_bytes());
  const size_t header_left = sizeof header - std::min(*sent, sizeof header);
  if (header_left > 0) return fail_errno(EMSGSIZE, "send connections");
  return send_rest(socket, rest.subspan(*sent - sizeof header), deadline_ns);
}

Result<size_t> receive_connections(int socket, std::span<PassedRecord> records, std::span<int> fds,
                                   int64_t deadline_ns) {
  Message message;
  ReceivedFds received;
  bool truncated = false;
  const auto type = sys::get_option(socket, SOL_SOCKET, SO_TYPE, "receive connections");
  if (!type) return fail(type.error());
  const auto got = peek(socket, message, received, truncated, deadline_ns);
  if (!got) return got;
  // Nothing is lost: the message waits for when there are fds again.
  if (truncated) return fail_errno(EMFILE, "receive connections");
  const uint32_t count = message.header.count;
  const auto checked = check(message.header, *got, received, *type == SOCK_STREAM);
  const size_t size = checked ? size_of(count) : std::max<size_t>(*got, 1);
  const auto consumed = consume(socket, message, size, deadline_ns);
  if (!checked) return fail(checked.error());
  if (!consumed) return fail(consumed.error());
  for (const PassedRecord& record : std::span(message.records).first(count))
    if (auto good = check(record); !good) return fail(good.error());
  std::copy_n(message.records.begin(), count, records.begin());
  received.hand_over(fds);
  return count;
}

}  // namespace zest::acceptor
