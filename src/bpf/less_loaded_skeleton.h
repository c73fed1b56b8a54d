/* What is needed of the generated skeleton. Each function returns an errno, 0 for success. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct zest_less_loaded_fds {
  int program;
  int sockets;
  int loads;
};

int zest_less_loaded_load(struct zest_less_loaded_fds* fds);
int zest_less_loaded_put(int sockets, unsigned index, int socket);
int zest_less_loaded_remove(int sockets, unsigned index);

#ifdef __cplusplus
}
#endif
