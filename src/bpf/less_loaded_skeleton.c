/* The generated light skeleton is C with conversions that our warnings refuse; it stays in here. It
 * loads the program with plain bpf() calls: no libbpf at run time. */
#pragma clang diagnostic ignored "-Weverything"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "bpf/less_loaded_skeleton.h"

#include <errno.h>

#include "less_loaded.skel.h"

/* The verifier gives up with EAGAIN where anything is pending for the thread, such as the end of
 * some ring; by the next call it has been done. */
enum { LOAD_ATTEMPTS = 10 };

int zest_less_loaded_load(struct zest_less_loaded_fds* fds) {
  struct less_loaded* skeleton = less_loaded__open_and_load();
  for (int i = 1; !skeleton && errno == EAGAIN && i < LOAD_ATTEMPTS; ++i)
    skeleton = less_loaded__open_and_load();
  if (!skeleton) return errno ? errno : EINVAL;
  fds->program = skeleton->progs.zest_less_loaded.prog_fd;
  fds->sockets = skeleton->maps.sockets.map_fd;
  fds->loads = skeleton->maps.loads.map_fd;
  skel_free(skeleton); /* the fds are the caller's now */
  return 0;
}

int zest_less_loaded_put(int sockets, unsigned index, int socket) {
  unsigned long long value = (unsigned long long)socket;
  return skel_map_update_elem(sockets, &index, &value, BPF_ANY) < 0 ? errno : 0;
}

int zest_less_loaded_remove(int sockets, unsigned index) {
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.map_fd = sockets;
  attr.key = (long)&index;
  return skel_sys_bpf(BPF_MAP_DELETE_ELEM, &attr, sizeof attr) < 0 ? errno : 0;
}
