/* plain_sockmap: a relay whose bytes the kernel's socket map carries by a verdict that knows
 * nothing but where to: each socket's bytes go to the other one. Nothing tells it that a reader has
 * stopped. The program is written as instructions, so that nothing is needed to build it. */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common.h"
#include "../http/relay.h"

enum { SOCKETS_MAX = 1 << 15, BYTES_MAX = 1 << 16 };

static int sockets, cookies, epoll;

static int bpf(int command, union bpf_attr *attr) {
  return (int)syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int map_make(uint32_t type, uint32_t key, uint32_t value) {
  union bpf_attr attr = {
      .map_type = type, .key_size = key, .value_size = value, .max_entries = SOCKETS_MAX};
  int fd = bpf(BPF_MAP_CREATE, &attr);
  check(fd >= 0, "BPF_MAP_CREATE: needs CAP_BPF and CAP_NET_ADMIN");
  return fd;
}

static bool map_set(int map, const void *key, const void *value) {
  union bpf_attr attr = {.map_fd = (uint32_t)map, .key = (uintptr_t)key, .value = (uintptr_t)value};
  return bpf(BPF_MAP_UPDATE_ELEM, &attr) == 0;
}

#define INSN(c, d, s, o, i) \
  (struct bpf_insn) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define MOVE(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SET(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define CALL(i) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, i)
#define MAP(d, fd) INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* return redirect(packet, sockets, cookies[cookie(packet)]), or pass where there is none. */
static int verdict_load(void) {
  const struct bpf_insn program[] = {
      MOVE(6, 1),
      CALL(BPF_FUNC_get_socket_cookie),
      INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 0, -8, 0),
      MOVE(2, 10),
      INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -8),
      MAP(1, cookies),
      CALL(BPF_FUNC_map_lookup_elem),
      INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0),
      SET(0, 1), /* SK_PASS */
      EXIT,
      INSN(BPF_LDX | BPF_MEM | BPF_W, 3, 0, 0, 0),
      MOVE(1, 6),
      MAP(2, sockets),
      SET(4, 0),
      CALL(BPF_FUNC_sk_redirect_map),
      EXIT,
  };
  static char log[4096];
  union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SK_SKB,
                         .expected_attach_type = BPF_SK_SKB_STREAM_VERDICT,
                         .insn_cnt = sizeof program / sizeof program[0],
                         .insns = (uintptr_t)program,
                         .license = (uintptr_t)"GPL",
                         .log_level = 1,
                         .log_size = sizeof log,
                         .log_buf = (uintptr_t)log};
  int fd = bpf(BPF_PROG_LOAD, &attr);
  check(fd >= 0, log[0] ? log : "BPF_PROG_LOAD");
  return fd;
}

static void verdict_attach(int program) {
  union bpf_attr attr = {.target_fd = (uint32_t)sockets,
                         .attach_bpf_fd = (uint32_t)program,
                         .attach_type = BPF_SK_SKB_STREAM_VERDICT};
  check(bpf(BPF_PROG_ATTACH, &attr) == 0, "BPF_PROG_ATTACH");
}

/* A socket's number in the map is its fd. */
static bool join(int fd, int other) {
  uint64_t cookie;
  socklen_t size = sizeof cookie;
  check(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0, "SO_COOKIE");
  const uint32_t target = (uint32_t)other;
  return map_set(cookies, &cookie, &target);
}

/* Refused to one that has ended meanwhile. */
static bool enter(int fd) {
  const uint32_t key = (uint32_t)fd;
  const uint64_t value = (uint64_t)fd;
  return map_set(sockets, &key, &value);
}

/* What came before the socket was in the map stays in its queue. */
static void pass_first(int from, int to) {
  static char bytes[BYTES_MAX];
  ssize_t got = recv(from, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got > 0) send(to, bytes, (size_t)got, MSG_NOSIGNAL);
}

static void watch(int fd, int other) {
  struct epoll_event event = {.events = EPOLLRDHUP | EPOLLET,
                              .data.u64 = (uint64_t)(uint32_t)other << 32 | (uint32_t)fd};
  check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0, "epoll_ctl");
}

static void serve(const relay_options *options, int client) {
  int origin = relay_connect(options, false);
  if (!join(client, origin) || !join(origin, client) || !enter(origin) || !enter(client)) {
    close(client);
    close(origin);
    return;
  }
  pass_first(client, origin);
  watch(client, origin);
  watch(origin, client);
}

int main(int argc, char **argv) {
  relay_options options = relay_options_read(argc, argv);
  sockets = map_make(BPF_MAP_TYPE_SOCKMAP, 4, 8);
  cookies = map_make(BPF_MAP_TYPE_HASH, 8, 4);
  verdict_attach(verdict_load());
  epoll = epoll_create1(EPOLL_CLOEXEC);
  check(epoll >= 0, "epoll_create1");
  int listener = relay_listen(&options, false);
  watch(listener, 0);
  struct epoll_event change = {.events = EPOLLIN, .data.u64 = (uint32_t)listener};
  check(epoll_ctl(epoll, EPOLL_CTL_MOD, listener, &change) == 0, "epoll_ctl");
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
    int fd = (int)(uint32_t)event.data.u64, other = (int)(event.data.u64 >> 32);
    if (fd == listener) {
      serve(&options, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    } else { /* one end is the end of both */
      close(fd);
      close(other);
    }
  }
}
