/* What the tests of zest/proxy.h share: an origin, a configuration, a proxy in one line. */
#ifndef ZEST_TESTS_CAPI_PROXY_SUPPORT_H
#define ZEST_TESTS_CAPI_PROXY_SUPPORT_H

#include <pthread.h>
#include <zest/proxy.h>

/* Answers each request with "hello", until it is stopped. */
struct origin {
  pthread_t thread;
  int listener;
  int end[2]; /* a byte in it ends the thread */
  uint16_t port;
};
void start_origin(struct origin* origin);
void stop_origin(struct origin* origin);

enum { config_max = 1024 };
/* One worker; a listener on 127.0.0.1 with id 1, one without a socket and id 2; that origin. */
void write_config(char* text, uint16_t origin_port, const char* more);
zest_proxy_config config_of(const char* text);

/* Must succeed. log may be NULL. */
zest_proxy* start_proxy(uint16_t origin_port, zest_proxy_log log, void* context);
void stop_proxy(zest_proxy* proxy);
uint16_t port_of(const zest_proxy* proxy);

/* GET over a connected socket, and wait for "hello": 1 if it came. Leaves the socket open. */
int ask(int fd);
int ask_within(int fd, int timeout_ms);
/* Two ends of a new TCP connection over loopback. */
void connected_pair(int ends[2]);
/* One end, whose peer has reset it. */
int reset_end(void);
/* What is no connected stream socket, by kind: a pipe, a listening socket, a closed fd and so on.
 */
enum { useless_fds = 8 };
int useless_fd(int kind);

#endif
