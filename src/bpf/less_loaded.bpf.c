// Chooses the listening socket of a new connection: the less loaded of two at random ("power of two
// choices"). The program also says where a closing socket's waiting connections go (the attach type
// is select-or-migrate), so that closing one loses none.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "less_loaded.h"

struct {
  __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
  __uint(max_entries, ZEST_STEERED_MAX);
  __type(key, __u32);
  __type(value, __u64);
} sockets SEC(".maps");

// Mapped into user space. Entry 0 holds the count, entry i + 1 socket i's load.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, ZEST_STEERED_MAX + 1);
  __type(key, __u32);
  __type(value, struct zest_load);
} loads SEC(".maps");

// What it has, and what was sent its way and has not come out of its accept queue yet.
static __u32 load_of(__u32 index) {
  __u32 key = index + 1;
  const struct zest_load* load = bpf_map_lookup_elem(&loads, &key);
  if (!load) return ~0u;
  __s32 coming = (__s32)(load->begun - load->settled);
  return load->open + (coming > 0 ? (__u32)coming : 0);
}

static long choose(struct sk_reuseport_md* context, __u32 index) {
  if (bpf_sk_select_reuseport(context, &sockets, &index, 0)) return -1;
  __u32 key = index + 1;
  struct zest_load* load = bpf_map_lookup_elem(&loads, &key);
  if (load) __sync_fetch_and_add(&load->begun, 1);
  return 0;
}

SEC("sk_reuseport/migrate")
int zest_less_loaded(struct sk_reuseport_md* context) {
  __u32 zero = 0;
  const struct zest_load* head = bpf_map_lookup_elem(&loads, &zero);
  if (!head) return SK_PASS;
  __u32 count = head->open;
  if (count == 0 || count > ZEST_STEERED_MAX) return SK_PASS;

  __u32 first = bpf_get_prandom_u32() % count;
  __u32 second = count > 1 ? (first + 1 + bpf_get_prandom_u32() % (count - 1)) % count : first;
  if (load_of(second) < load_of(first)) {
    __u32 less = second;
    second = first;
    first = less;
  }
  if (choose(context, first) == 0 || choose(context, second) == 0) return SK_PASS;
  // Both have closed: any that is left. None: the kernel's hash decides.
  for (__u32 i = 0; i < ZEST_STEERED_MAX; ++i) {
    if (i >= count) break;
    if (choose(context, i) == 0) break;
  }
  return SK_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
