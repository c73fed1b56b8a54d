/* See less_loaded_skeleton.c. */
#pragma clang diagnostic ignored "-Weverything"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "bpf/handover_skeleton.h"

#include <errno.h>

#include "handover.h"
#include "handover.skel.h"

enum { LOAD_ATTEMPTS = 10 };

static int remove_from(int map, const void* key) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_fd = map;
  attr.key = (long)key;
  return skel_sys_bpf(BPF_MAP_DELETE_ELEM, &attr, sizeof attr) < 0 ? errno : 0;
}

static int attach(int program, int map) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.target_fd = map;
  attr.attach_bpf_fd = program;
  attr.attach_type = BPF_SK_SKB_STREAM_VERDICT;
  return skel_sys_bpf(BPF_PROG_ATTACH, &attr, sizeof attr) < 0 ? errno : 0;
}

int zest_handover_load(struct zest_handover_fds* fds) {
  struct handover* skeleton = handover__open_and_load();
  for (int i = 1; !skeleton && errno == EAGAIN && i < LOAD_ATTEMPTS; ++i)
    skeleton = handover__open_and_load();
  if (!skeleton) return errno ? errno : EINVAL;
  fds->program = skeleton->progs.zest_handover.prog_fd;
  fds->judged = skeleton->maps.judged.map_fd;
  fds->targets = skeleton->maps.targets.map_fd;
  fds->cookies = skeleton->maps.cookies.map_fd;
  fds->flows = skeleton->maps.flows.map_fd;
  fds->doorbells = skeleton->maps.doorbells.map_fd;
  skel_free(skeleton); /* the fds are the caller's now */
  return attach(fds->program, fds->judged);
}

int zest_handover_put_socket(int map, unsigned flow, int socket) {
  unsigned long long value = (unsigned long long)socket;
  return skel_map_update_elem(map, &flow, &value, BPF_ANY) < 0 ? errno : 0;
}

int zest_handover_remove_socket(int map, unsigned flow) { return remove_from(map, &flow); }

int zest_handover_put_cookie(int cookies, unsigned long long cookie, unsigned flow) {
  return skel_map_update_elem(cookies, &cookie, &flow, BPF_ANY) < 0 ? errno : 0;
}

int zest_handover_remove_cookie(int cookies, unsigned long long cookie) {
  return remove_from(cookies, &cookie);
}

int zest_handover_make_doorbell(int doorbells, unsigned index, int* fd) {
  *fd = skel_map_create(BPF_MAP_TYPE_RINGBUF, "zest_doorbell", 0, 0, ZEST_DOORBELL_BYTES);
  if (*fd < 0) return errno;
  return skel_map_update_elem(doorbells, &index, fd, BPF_ANY) < 0 ? errno : 0;
}
