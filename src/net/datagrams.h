// Datagrams in batches: many per system call, and those of one flow that come together as one,
// where the kernel does that (UDP_GRO, UDP_SEGMENT). What was received is sent on as it stands.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <span>

#include "sys/address.h"

namespace zest::net {

// The address of ours that a datagram was sent to, from which its answer has to come.
struct LocalIp {
  int family = AF_UNSPEC;  // not known: the kernel chooses
  in_pktinfo ipv4{};
  in6_pktinfo ipv6{};
};

// Options of a socket for what is below. `wildcard`: each datagram tells its LocalIp.
void prepare_datagrams(int fd, bool wildcard);

class DatagramBatch {
 public:
  static constexpr size_t count_max = 16;
  static constexpr size_t size_max = 65'535;

  DatagramBatch();

  // So many came, or -errno.
  int receive(int fd);
  const sys::Address& from(size_t index) const { return items_[index].from; }
  const LocalIp& to(size_t index) const { return items_[index].to; }
  size_t size(size_t index) const { return items_[index].size; }
  size_t parts(size_t index) const;  // datagrams that came as this one
  size_t parts(size_t first, size_t count) const;

  struct Sent {
    size_t datagrams = 0;
    uint64_t bytes = 0;
    int error = 0;  // of the last that was not
  };
  // `count` of them, from `first` on, without those that can't be sent: on a connected socket, or
  // to somebody.
  Sent send(int fd, size_t first, size_t count);
  Sent send_to(int fd, size_t first, size_t count, const sys::Address& to, const LocalIp& from);

 private:
  static constexpr size_t control_size = 128;
  struct Item {
    sys::Address from;
    LocalIp to;
    size_t size = 0;
    uint16_t segment = 0;  // size of the parts, but for the last; 0: there is one
  };

  void read_control(size_t index);
  void write_control(size_t index, const LocalIp* from);
  Sent send_all(int fd, size_t first, size_t count);
  int send_parts(int fd, size_t index, Sent& sent);

  std::unique_ptr<std::byte[]> memory_;
  std::array<Item, count_max> items_;
  std::array<mmsghdr, count_max> messages_{};
  std::array<iovec, count_max> pieces_{};
  alignas(cmsghdr) std::array<std::array<char, control_size>, count_max> controls_{};
};

}  // namespace zest::net
