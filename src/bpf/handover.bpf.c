// Carries a tunnel's bytes from socket to socket without leaving the kernel, and hands over to user
// space, and back, at an exact byte (see handover.h).
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "handover.h"

// Only what is read of them; where it stands is found when the program is loaded.
#define KERNEL_STRUCT __attribute__((preserve_access_index))
typedef struct {
  int counter;
} atomic_t;
struct sock {
  int sk_rcvbuf;
  int sk_sndbuf;
  int sk_wmem_queued;
  struct {
    atomic_t rmem_alloc;
  } sk_backlog;
} KERNEL_STRUCT;
struct inet_sock {
  struct sock sk;
} KERNEL_STRUCT;
struct inet_connection_sock {
  struct inet_sock icsk_inet;
} KERNEL_STRUCT;
struct tcp_sock {
  struct inet_connection_sock inet_conn;
  __u64 bytes_acked;
  __u32 write_seq;
  __u32 snd_una;
  __u32 copied_seq;
} KERNEL_STRUCT;
struct tcp_skb_cb {
  __u32 seq;
} KERNEL_STRUCT;
struct sk_buff {
  char cb[48];
} KERNEL_STRUCT;

// Sockets whose arriving bytes are judged, by flow.
struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, ZEST_FLOWS_MAX);
  __type(key, __u32);
  __type(value, __u64);
} judged SEC(".maps");

// The same sockets as targets. One that has left `judged` can be read to its end while it is here.
struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, ZEST_FLOWS_MAX);
  __type(key, __u32);
  __type(value, __u64);
} targets SEC(".maps");

// A socket's cookie: its flow.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, ZEST_FLOWS_MAX);
  __type(key, __u64);
  __type(value, __u32);
} cookies SEC(".maps");

// Mapped into user space.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, ZEST_FLOWS_MAX);
  __type(key, __u32);
  __type(value, struct zest_flow);
} flows SEC(".maps");

struct doorbell {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, ZEST_DOORBELL_BYTES);
};

// One for each thread of user space.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, ZEST_DOORBELLS_MAX);
  __type(key, __u32);
  __array(values, struct doorbell);
} doorbells SEC(".maps");

// What a side that sleeps must know, and one that does not: that the other's turn has come. Mode
// was written with a full barrier, as `told` is cleared with one: one of both sees the other.
static void ring(struct zest_flow* flow, __u32 index) {
  __u32 bell = flow->doorbell;
  if (flow->told) return;
  void* doorbell = bpf_map_lookup_elem(&doorbells, &bell);
  if (!doorbell) return;
  __u64 heard = index;
  flow->told = 1;  // first: it may be heard at once
  if (bpf_ringbuf_output(doorbell, &heard, sizeof heard, BPF_RB_FORCE_WAKEUP)) flow->told = 0;
}

static void set_mode(struct zest_flow* flow, __u32 mode) {
  __sync_lock_test_and_set(&flow->mode, mode);
  flow->switches++;
}

// What the other socket will take without waiting for its reader: of one queue it serves both what
// is to be sent and what it passes to user space, so neither may ever stand still in front of the
// other.
static int has_room(struct zest_flow* flow, const struct tcp_sock* to, __u32 size) {
  const struct sock* socket = &to->inet_conn.icsk_inet.sk;
  if (2 * socket->sk_backlog.rmem_alloc.counter > socket->sk_rcvbuf) return 0;
  __s64 room = (__s64)socket->sk_sndbuf - socket->sk_wmem_queued;
  __s64 acked = (__s64)(to->bytes_acked - flow->base);
  __s64 written = acked + (__u32)(to->write_seq - to->snd_una);
  __s64 left = (__s64)(flow->redirected + flow->consumed) - acked;
  __s64 unwritten = (__s64)(flow->redirected + flow->consumed) - written;
  flow->burst = unwritten <= 0 ? 1 : flow->burst + 1;
  if (left + size > (__s64)flow->cap || flow->burst > flow->burst_max) return 0;
  return unwritten + size + (__s64)flow->burst * ZEST_PACKET_OVERHEAD <= room;
}

static int fits(struct zest_flow* flow, __u32 target, __u32 size) {
  struct bpf_sock* socket = bpf_map_lookup_elem(&targets, &target);
  if (!socket) return 0;
  const struct tcp_sock* to = bpf_skc_to_tcp_sock(socket);
  int yes = to && has_room(flow, to, size);
  bpf_sk_release(socket);
  return yes;
}

// Before the first packet: nothing of the socket is unread.
static __u32 first_seq(__u32 index) {
  __u32 seq = 0;
  struct bpf_sock* socket = bpf_map_lookup_elem(&targets, &index);
  if (!socket) return 0;
  const struct tcp_sock* tcp = bpf_skc_to_tcp_sock(socket);
  if (tcp) seq = tcp->copied_seq;
  bpf_sk_release(socket);
  return seq;
}

// How many of the packet's first bytes were judged before. The context stands for the sk_buff.
static __u32 bytes_again(struct __sk_buff* packet, struct zest_flow* flow, __u32 index) {
  __u32 seq = 0;
  const char* cb = (const char*)packet + bpf_core_field_offset(struct sk_buff, cb);
  if (bpf_probe_read_kernel(&seq, sizeof seq, cb + bpf_core_field_offset(struct tcp_skb_cb, seq)))
    return 0;
  if (!flow->begun) {
    flow->next_seq = first_seq(index);
    flow->begun = 1;
  }
  __s32 again = (__s32)(flow->next_seq - seq);
  if (again < (__s32)packet->len) flow->next_seq = seq + packet->len;
  return again > 0 ? (__u32)again : 0;
}

static int pass(struct zest_flow* flow, __u32 index, __u32 size) {
  flow->passed += size;
  if (flow->asleep) ring(flow, index);
  return SK_PASS;
}

// User space can leave bytes out, which the kernel does badly.
static int pass_again(struct zest_flow* flow, __u32 index, __u32 size, __u32 again) {
  if (flow->again_size) flow->broken = 1;
  if (flow->broken || again >= size) return SK_DROP;
  if (flow->mode == ZEST_FLOW_KERNEL) set_mode(flow, ZEST_FLOW_USER);
  flow->want = 0;
  flow->again_at = flow->passed;
  __sync_lock_test_and_set(&flow->again_size, again);
  return pass(flow, index, size - again);
}

static void note_bulk(struct zest_flow* flow, __u32 index, __u32 size) {
  flow->bulk = size < ZEST_LARGE_PACKET ? 0 : flow->bulk + size;
  if (flow->bulk <= flow->bulk_max) return;
  flow->bulk = 0;
  __sync_lock_test_and_set(&flow->long_run, 1);
  ring(flow, index);
}

static int redirect(struct __sk_buff* packet, struct zest_flow* flow, __u32 index) {
  flow->redirected += packet->len;
  note_bulk(flow, index, packet->len);
  if (!flow->asleep) ring(flow, index);
  return (int)bpf_sk_redirect_map(packet, &targets, index ^ 1, 0);
}

SEC("sk_skb/stream_verdict")
int zest_handover(struct __sk_buff* packet) {
  __u64 cookie = bpf_get_socket_cookie(packet);
  const __u32* found = bpf_map_lookup_elem(&cookies, &cookie);
  if (!found) return SK_PASS;
  __u32 index = *found;
  struct zest_flow* flow = bpf_map_lookup_elem(&flows, &index);
  if (!flow) return SK_PASS;
  // An end: the socket knows of it. In the queue it would break what it overtakes.
  if (packet->len == 0) return SK_DROP;

  __u32 size = packet->len;
  __u32 again = bytes_again(packet, flow, index);
  if (again || flow->broken) return pass_again(flow, index, size, again);
  if (flow->mode == ZEST_FLOW_USER && (!flow->want || flow->passed != flow->consumed))
    return pass(flow, index, size);
  if (fits(flow, index ^ 1, size)) {
    if (flow->mode == ZEST_FLOW_USER) set_mode(flow, ZEST_FLOW_KERNEL);
    return redirect(packet, flow, index);
  }
  if (flow->mode == ZEST_FLOW_KERNEL) set_mode(flow, ZEST_FLOW_USER);
  flow->want = 0;
  return pass(flow, index, size);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
