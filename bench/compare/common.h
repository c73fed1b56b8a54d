/* common.h: what the accept servers of this folder share: options, listener, the work per
 * connection, counters, and a main thread that only waits for signals. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { THREADS_MAX = 64 };

/* What every accepted connection gets before it is closed. */
typedef enum { WORK_CLOSE, WORK_BYTE } work_kind;

typedef struct server_options {
  uint16_t port;
  uint32_t threads;
  work_kind work;
  const char *variant; /* --variant: what it means is the server's own affair; "" by default */
  bool join;           /* --join: share the port with another process */
} server_options;

/* What a serving thread owns, alone on its cache line; the main thread reads the count any time. */
typedef struct lane {
  _Alignas(64) _Atomic uint64_t accepted;
  int listener;   /* bare servers */
  uint32_t shard; /* zest servers */
} lane;

extern lane lanes[THREADS_MAX];

/* --port N --threads N --work close|byte --variant NAME --join; exits with a message otherwise.
 * Blocks the signals that main_wait waits for, so call it before a thread is started. */
server_options options_parse(int argc, char **argv);

/* A listening socket on 127.0.0.1 with what zest sets by default: TCP_NODELAY, close-on-exec, the
 * longest backlog; SO_REUSEPORT if several threads or processes want one each. */
int listener_open(const server_options *options, bool nonblocking);

/* One for each of the lanes in use. */
void listeners_open(const server_options *options, bool nonblocking);

/* The work, and one more in the lane's count. */
void connection_serve(int fd, work_kind work, lane *lane);

/* Say that the server listens, then answer SIGUSR1 with a snapshot, until SIGTERM or SIGINT comes.
 * Lines are JSON on stdout. */
void main_wait(void);

/* The snapshot line: accepted so far, and allocations if alloc_count.so is preloaded. */
void snapshot_print(void);

/* One thread per lane in use: body gets its lane. */
void lanes_start(const server_options *options, void *(*body)(void *));
void thread_start(void *(*body)(void *), void *argument);

void fatal(const char *what) __attribute__((noreturn));
void check(bool good, const char *what);
int64_t now_ns(void);

#endif
