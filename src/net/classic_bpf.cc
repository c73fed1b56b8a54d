// The two classic BPF programs of a listener; unlike eBPF they need no privilege.
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <iterator>

#include "net/listener.h"
#include "sys/socket.h"

namespace zest::net {
namespace {

constexpr uint32_t tcp_flags_offset = 13;  // RFC 9293, 3.1: a socket filter sees the TCP header
constexpr uint32_t syn = 0x02;
constexpr uint32_t ack = 0x10;
constexpr uint32_t drop = 0;
constexpr uint32_t keep = 0xffffffff;  // all bytes of it

template <size_t n>
sock_fprog program(sock_filter (&code)[n]) {
  return {.len = n, .filter = code};
}

// What becomes of a SYN that begins a handshake, and of every other segment.
Result<void> filter_segments(int listening_fd, uint32_t of_syn, uint32_t of_others) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, tcp_flags_offset),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, of_syn),
      BPF_STMT(BPF_RET | BPF_K, of_others),
  };
  const sock_fprog filter = program(code);
  return sys::set_option(listening_fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter,
                         "SO_ATTACH_FILTER");
}

}  // namespace

Result<void> refuse_handshakes(int listening_fd) {
  if (auto held_off = filter_segments(listening_fd, drop, keep); !held_off) return held_off;
  return sys::set_option(listening_fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, "TCP_DEFER_ACCEPT");
}

Result<void> refuse_completions(int listening_fd) {
  return filter_segments(listening_fd, keep, drop);
}

Result<void> steer_by_cpu(int listening_fd, uint32_t count) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_CPU)),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
      BPF_STMT(BPF_RET | BPF_A, 0),
  };
  const sock_fprog choice = program(code);
  return sys::set_option(listening_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &choice, sizeof choice,
                         "SO_ATTACH_REUSEPORT_CBPF");
}

}  // namespace zest::net
