#include "tunnel_support.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"

enum { patience_ms = 20000, piece = 65536 };

zest_tunnel_settings small_settings(void) {
  zest_tunnel_settings settings = ZEST_TUNNEL_SETTINGS_INIT;
  settings.threads = 1;
  settings.buffers = 32;
  settings.buffer_size = 4096;
  return settings;
}

zest_tunnel_service* start_tunnels(const zest_tunnel_settings* settings) {
  zest_tunnel_service* service = NULL;
  zest_error error;
  const zest_status status = zest_tunnel_service_start(settings, &service, &error);
  if (status != ZEST_OK) printf("%s: %s\n", zest_status_string(status), error.message);
  REQUIRE(status == ZEST_OK && service != NULL);
  return service;
}

void stop_tunnels(zest_tunnel_service* service) {
  CHECK_STATUS(ZEST_OK, zest_tunnel_service_free(&service));
  CHECK(service == NULL);
}

zest_status try_join(const zest_tunnel_service* service, const zest_tunnel_options* options,
                     struct far_ends* ends) {
  int a[2], b[2];
  connected_pair(a);
  connected_pair(b);
  *ends = (struct far_ends){.a = a[0], .b = b[0], .id = 0};
  return zest_tunnel_join(service, a[1], b[1], options, &ends->id, NULL);
}

struct far_ends join(const zest_tunnel_service* service, const zest_tunnel_options* options) {
  struct far_ends ends;
  CHECK_STATUS(ZEST_OK, try_join(service, options, &ends));
  CHECK(ends.id != 0);
  return ends;
}

void close_ends(const struct far_ends* ends) {
  close(ends->a);
  close(ends->b);
}

zest_tunnel_end take_end(const zest_tunnel_service* service) {
  zest_tunnel_end end = ZEST_TUNNEL_END_INIT;
  size_t count = 0;
  CHECK_STATUS(ZEST_OK, zest_tunnel_next(service, &end, 1, &count, patience_ms));
  CHECK(count == 1);
  return end;
}

/* Each byte tells its place. */
static unsigned char byte_at(size_t place) { return (unsigned char)((place * 2654435761u) >> 13); }

struct speech {
  int fd;
  size_t size;
};

static void* say(void* argument) {
  const struct speech* speech = argument;
  static _Thread_local unsigned char bytes[piece];
  for (size_t said = 0; said < speech->size;) {
    const size_t size = speech->size - said < piece ? speech->size - said : piece;
    for (size_t i = 0; i < size; ++i) bytes[i] = byte_at(said + i);
    const ssize_t sent = send(speech->fd, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return NULL;
    said += (size_t)sent;
  }
  shutdown(speech->fd, SHUT_WR);
  return NULL;
}

static int hears(int fd, size_t size) {
  static _Thread_local unsigned char bytes[piece];
  size_t heard = 0, wrong = 0;
  while (readable(fd, patience_ms)) {
    const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    if (got == 0) return heard == size && wrong == 0;
    if (got < 0) break;
    for (size_t i = 0; i < (size_t)got; ++i) wrong += bytes[i] != byte_at(heard + i);
    heard += (size_t)got;
  }
  printf("  %zu of %zu bytes, %zu wrong\n", heard, size, wrong);
  return 0;
}

int passes(int from, int to, size_t size) {
  struct speech speech = {.fd = from, .size = size};
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, say, &speech) == 0);
  const int good = hears(to, size);
  REQUIRE(pthread_join(thread, NULL) == 0);
  return good;
}

struct way {
  int from, to;
  size_t size;
  int good;
};

static void* pass(void* argument) {
  struct way* way = argument;
  way->good = passes(way->from, way->to, way->size);
  return NULL;
}

int passes_both_ways(const struct far_ends* ends, size_t size) {
  struct way back = {.from = ends->b, .to = ends->a, .size = size, .good = 0};
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, pass, &back) == 0);
  const int good = passes(ends->a, ends->b, size);
  REQUIRE(pthread_join(thread, NULL) == 0);
  return good && back.good;
}

int is_over(int fd) {
  char byte;
  return readable(fd, patience_ms) && recv(fd, &byte, 1, 0) <= 0;
}

zest_tunnel_stats tunnel_stats(const zest_tunnel_service* service) {
  zest_tunnel_stats stats = ZEST_TUNNEL_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_tunnel_stats_get(service, &stats));
  return stats;
}
