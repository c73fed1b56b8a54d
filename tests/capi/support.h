/* What the C tests share: a service in one line, clients, children, and counts of what a process
 * holds. */
#ifndef ZEST_TESTS_CAPI_SUPPORT_H
#define ZEST_TESTS_CAPI_SUPPORT_H

#include <stddef.h>
#include <stdint.h>
#include <zest/zest.h>

/* Listens on one address, which must succeed. settings may be NULL; report, too (else it is the
 * caller's). */
zest_service* start(const char* address, uint64_t listener_id, const zest_settings* settings,
                    zest_report** report);
/* On 127.0.0.1, one thread or shard, with these settings flags; its port goes to *port. */
zest_service* start_one(uint32_t settings_flags, uint16_t* port);
void stop(zest_service* service);

zest_report_row row_of(const zest_report* report, size_t index);

/* A blocking client of 127.0.0.1, at once or in two steps. */
int connect_to(uint16_t port);
int new_client(void);
void connect_client(int fd, uint16_t port);
int connect_unix(const char* name); /* "@" first: abstract */
/* A bound TCP socket of somebody else; reuseport: with SO_REUSEPORT. listens: also listening. */
int foreign_socket(int type, int reuseport, int listens, uint16_t* port);

int bound_unix(const char* path); /* not listening */

int readable(int fd, int timeout_ms); /* poll says POLLIN within the time */
int is_open(int fd);
int64_t now_ms(void);

/* Takes all fds that this process may have but some, until they are given back. limit_fds() comes
 * first, and before any listening: io_uring keeps the limit that an accept was started with. */
struct hoard {
  int fds[512];
  int count;
};
void limit_fds(void);
void hoard_fds(struct hoard* hoard, int all_but);
void give_fds_back(struct hoard* hoard);

size_t open_fds(void);
size_t open_threads(void);

int wait_for_child(int pid); /* its exit code, 1000 + signal if one ended it */
/* Runs body in a forked child and returns its exit code, 1000 + signal if one ended it. The child's
 * failed CHECKs are its exit code unless body's own is another than 0. */
int in_child(int (*body)(void*), void* context);
/* The same as a user without privileges; -1 if the process may not become one. */
int in_child_unprivileged(int (*body)(void*), void* context);

/* A thread that runs body and is joined; returns what it returned. */
zest_status in_thread(zest_status (*body)(void*), void* context);

#endif
