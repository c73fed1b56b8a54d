#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

lane lanes[THREADS_MAX];

/* Defined by alloc_count.so when it is preloaded. */
__attribute__((weak)) uint64_t alloc_count(void);

static sigset_t waited_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGUSR1);
  return set;
}

server_options options_parse(int argc, char **argv) {
  static const struct option known[] = {
      {"port", required_argument, NULL, 'p'}, {"threads", required_argument, NULL, 't'},
      {"work", required_argument, NULL, 'w'}, {"variant", required_argument, NULL, 'v'},
      {"join", no_argument, NULL, 'j'},       {NULL, 0, NULL, 0}};
  server_options options = {.port = 9000, .threads = 1, .work = WORK_CLOSE, .variant = ""};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'p': options.port = (uint16_t)atoi(optarg); break;
      case 't': options.threads = (uint32_t)atoi(optarg); break;
      case 'w': options.work = strcmp(optarg, "byte") == 0 ? WORK_BYTE : WORK_CLOSE; break;
      case 'v': options.variant = optarg; break;
      case 'j': options.join = true; break;
      default: exit(2);
    }
  }
  check(options.threads >= 1 && options.threads <= THREADS_MAX, "--threads: 1 to 64");
  sigset_t set = waited_signals();
  check(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0, "pthread_sigmask");
  return options;
}

int listener_open(const server_options *options, bool nonblocking) {
  const int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (nonblocking ? SOCK_NONBLOCK : 0), 0);
  check(fd >= 0, "socket");
  check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "SO_REUSEADDR");
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  if (options->threads > 1 || options->join)
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0, "SO_REUSEPORT");
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(options->port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
  check(bind(fd, (const struct sockaddr *)&address, sizeof address) == 0, "bind");
  check(listen(fd, 1 << 20) == 0, "listen"); /* the kernel cuts it to somaxconn */
  return fd;
}

void listeners_open(const server_options *options, bool nonblocking) {
  for (uint32_t i = 0; i < options->threads; i++)
    lanes[i].listener = listener_open(options, nonblocking);
}

void connection_serve(int fd, work_kind work, lane *lane) {
  if (work == WORK_BYTE) send(fd, "x", 1, MSG_NOSIGNAL); /* the client may have gone: no matter */
  close(fd);
  uint64_t before = atomic_load_explicit(&lane->accepted, memory_order_relaxed);
  atomic_store_explicit(&lane->accepted, before + 1, memory_order_relaxed); /* one writer */
}

void snapshot_print(void) {
  uint64_t accepted = 0;
  for (int i = 0; i < THREADS_MAX; i++)
    accepted += atomic_load_explicit(&lanes[i].accepted, memory_order_relaxed);
  int64_t allocations = alloc_count ? (int64_t)alloc_count() : -1;
  char line[96]; /* not dprintf: it allocates */
  int size = snprintf(line, sizeof line, "{\"accepted\": %llu, \"allocations\": %lld}\n",
                      (unsigned long long)accepted, (long long)allocations);
  check(write(STDOUT_FILENO, line, (size_t)size) == size, "write");
}

void main_wait(void) {
  dprintf(STDOUT_FILENO, "{\"ready\": true}\n");
  sigset_t set = waited_signals();
  for (int got = 0; got != SIGTERM && got != SIGINT;) {
    check(sigwait(&set, &got) == 0, "sigwait");
    if (got == SIGUSR1) snapshot_print();
  }
}

void lanes_start(const server_options *options, void *(*body)(void *)) {
  for (uint32_t i = 0; i < options->threads; i++) thread_start(body, &lanes[i]);
}

void thread_start(void *(*body)(void *), void *argument) {
  pthread_t thread;
  check(pthread_create(&thread, NULL, body, argument) == 0, "pthread_create");
  pthread_detach(thread);
}

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void fatal(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

void check(bool good, const char *what) {
  if (!good) fatal(what);
}
