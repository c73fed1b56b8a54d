#include "proxy_support.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

enum { clients_max = 32, patience_ms = 10000 };

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/* A request of these tests comes in one piece. */
static int serve_one(int fd) {
  char bytes[4096];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  return got > 0 && send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) == sizeof answer - 1;
}

static nfds_t serve_ready(struct pollfd* polled, nfds_t count, int listener) {
  for (nfds_t i = 2; i < count; ++i) {
    if (!polled[i].revents || serve_one(polled[i].fd)) continue;
    close(polled[i].fd);
    polled[i--] = polled[--count];
  }
  if (polled[1].revents && count < clients_max) {
    polled[count].fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    polled[count].events = POLLIN;
    polled[count].revents = 0;
    if (polled[count].fd >= 0) ++count;
  }
  return count;
}

static void* run_origin(void* argument) {
  const struct origin* origin = argument;
  struct pollfd polled[clients_max] = {{.fd = origin->end[0], .events = POLLIN},
                                       {.fd = origin->listener, .events = POLLIN}};
  nfds_t count = 2;
  while (poll(polled, count, -1) >= 0 && !polled[0].revents)
    count = serve_ready(polled, count, origin->listener);
  for (nfds_t i = 2; i < count; ++i) close(polled[i].fd);
  return NULL;
}

void start_origin(struct origin* origin) {
  origin->listener = foreign_socket(SOCK_STREAM, 0, 1, &origin->port);
  REQUIRE(pipe(origin->end) == 0);
  REQUIRE(pthread_create(&origin->thread, NULL, run_origin, origin) == 0);
}

void stop_origin(struct origin* origin) {
  REQUIRE(write(origin->end[1], "x", 1) == 1);
  REQUIRE(pthread_join(origin->thread, NULL) == 0);
  close(origin->listener);
  close(origin->end[0]);
  close(origin->end[1]);
}

void write_config(char* text, uint16_t origin_port, const char* more) {
  const int size =
      snprintf(text, config_max,
               "workers = 1\npin_cpus = false\nio.buf_count = 16\nio.buf_size = 4096\n%s\n"
               "[[listener]]\nid = 1\nbind = \"127.0.0.1:0\"\n"
               "[[listener]]\nid = 2\n"
               "[upstream.app]\naddrs = [\"127.0.0.1:%u\"]\n",
               more, origin_port);
  REQUIRE(size > 0 && size < config_max);
}

zest_proxy_config config_of(const char* text) {
  zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  return config;
}

zest_proxy* start_proxy(uint16_t origin_port, zest_proxy_log log, void* context) {
  char text[config_max];
  write_config(text, origin_port, "");
  zest_proxy_config config = config_of(text);
  config.log = log;
  config.log_context = context;
  zest_proxy* proxy = NULL;
  zest_error error;
  const zest_status status = zest_proxy_start(&config, &proxy, NULL, &error);
  if (status != ZEST_OK) printf("%s: %s\n", zest_status_string(status), error.message);
  REQUIRE(status == ZEST_OK && proxy != NULL);
  return proxy;
}

void stop_proxy(zest_proxy* proxy) {
  CHECK_STATUS(ZEST_OK, zest_proxy_free(&proxy));
  CHECK(proxy == NULL);
}

uint16_t port_of(const zest_proxy* proxy) {
  zest_proxy_listener listener = ZEST_PROXY_LISTENER_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_listener_get(proxy, 0, &listener));
  return listener.address.port;
}

int ask(int fd) { return ask_within(fd, patience_ms); }

int ask_within(int fd, int timeout_ms) {
  static const char request[] = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
  char bytes[1024];
  size_t size = 0;
  if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != sizeof request - 1) return 0;
  while (size < sizeof bytes - 1 && readable(fd, timeout_ms)) {
    const ssize_t got = read(fd, bytes + size, sizeof bytes - 1 - size);
    if (got <= 0) break;
    size += (size_t)got;
    bytes[size] = 0;
    if (strstr(bytes, "\r\n\r\nhello")) return strncmp(bytes, "HTTP/1.1 200", 12) == 0;
  }
  return 0;
}

void connected_pair(int ends[2]) {
  uint16_t port = 0;
  const int listener = foreign_socket(SOCK_STREAM, 0, 1, &port);
  ends[0] = connect_to(port);
  ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  REQUIRE(ends[1] >= 0);
  close(listener);
}

int reset_end(void) {
  int ends[2];
  connected_pair(ends);
  const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  REQUIRE(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
  close(ends[0]);
  REQUIRE(readable(ends[1], 10000));
  return ends[1];
}

static int pipe_end(void) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  close(ends[1]);
  return ends[0];
}

static int closed_fd(void) {
  const int fd = pipe_end();
  close(fd);
  return fd;
}

int useless_fd(int kind) {
  uint16_t port = 0;
  switch (kind) {
    case 0: return -1;
    case 1: return INT32_MIN;
    case 2: return pipe_end();
    case 3: return closed_fd();
    case 4: return open("/dev/null", O_RDWR | O_CLOEXEC);
    case 5: return foreign_socket(SOCK_STREAM, 0, 1, &port);
    case 6: return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    default: return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  }
}
