/* What is needed of the generated skeleton. Each function returns an errno, 0 for success. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct zest_handover_fds {
  int program;
  int judged;
  int targets;
  int cookies;
  int flows;
  int doorbells;
};

/* Loads the program, and lets it judge. */
int zest_handover_load(struct zest_handover_fds* fds);
int zest_handover_put_socket(int map, unsigned flow, int socket);
int zest_handover_remove_socket(int map, unsigned flow);
int zest_handover_put_cookie(int cookies, unsigned long long cookie, unsigned flow);
int zest_handover_remove_cookie(int cookies, unsigned long long cookie);
/* Makes the bell and puts it in its place. */
int zest_handover_make_doorbell(int doorbells, unsigned index, int* fd);

#ifdef __cplusplus
}
#endif
