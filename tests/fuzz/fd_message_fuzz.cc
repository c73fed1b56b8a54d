// A hostile process at the far end of zest_recv_fds: whatever it sends, in pieces and with fds of
// its choice, is received as messages or refused, and no fd stays open.
#include <fcntl.h>
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "acceptor/fd_passing.h"
#include "base/assert.h"
#include "base/fd.h"

namespace {

using namespace zest;

constexpr size_t kernel_fds_max = 253;
constexpr int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

// One sendmsg of these bytes and so many copies of an fd. A full socket takes no more.
void send_piece(int socket, const std::vector<char>& bytes, size_t fds, int fd) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kernel_fds_max * sizeof(int))> control{};
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fds > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(fds * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds * sizeof(int));
    std::fill_n(reinterpret_cast<int*>(CMSG_DATA(rights)), fds, fd);
  }
  (void)::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Half of the time the header is made right, so that what follows it is looked at, too.
std::vector<char> piece(FuzzedDataProvider& input, size_t& fds) {
  fds = input.ConsumeIntegralInRange<size_t>(0, kernel_fds_max);
  const bool helped = input.ConsumeBool();
  auto bytes = input.ConsumeBytes<char>(input.ConsumeIntegralInRange<size_t>(0, 4096));
  if (!helped) return bytes;
  fds = fds % 8 + 1;
  const auto count = static_cast<uint32_t>(fds);
  std::vector<char> good(8 + fds * sizeof(acceptor::PassedRecord));
  memcpy(good.data(), "ZFD1", 4);
  memcpy(good.data() + 4, &count, sizeof count);
  for (size_t i = 8; i < good.size() && i - 8 < bytes.size(); ++i) good[i] = bytes[i - 8];
  return good;
}

void check(const acceptor::PassedAddress& address) {
  ZEST_ASSERT(address.path_size <= sizeof address.path);
}

// Returns whether there was a message.
bool receive(int socket) {
  std::array<acceptor::PassedRecord, acceptor::passed_max> records;
  std::array<int, acceptor::passed_max> fds;
  const auto got = acceptor::receive_connections(socket, records, fds, 0);
  if (!got) return false;
  ZEST_ASSERT(*got >= 1 && *got <= acceptor::passed_max);
  for (size_t i = 0; i < *got; ++i) {
    check(records[i].local);
    check(records[i].remote);
    ZEST_ASSERT(::fcntl(fds[i], F_GETFD) == FD_CLOEXEC);
    ::close(fds[i]);
  }
  return true;
}

int lowest_free_fd() {
  const Fd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return probe.get();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  const int lowest = lowest_free_fd();
  {
    int ends[2];
    ZEST_ASSERT(::socketpair(AF_UNIX, input.PickValueInArray(types) | SOCK_CLOEXEC, 0, ends) == 0);
    const Fd here(ends[0]);
    const Fd there(ends[1]);
    for (int pieces = 0; pieces < 8 && input.remaining_bytes() > 0; ++pieces) {
      size_t fds = 0;
      const std::vector<char> bytes = piece(input, fds);
      send_piece(there.get(), bytes, fds, there.get());
    }
    ::shutdown(there.get(), SHUT_WR);
    for (int i = 0; i < 64; ++i) receive(here.get());
  }
  ZEST_ASSERT(lowest_free_fd() == lowest);
  return 0;
}
