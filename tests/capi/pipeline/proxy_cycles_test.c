/* A thousand proxies started and stopped in one process: fds, threads and memory are then as they
 * were. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#endif

enum { warm_up = 50, serve_every = 20, grown_kb_max = 2048 };

static size_t resident_kb(void) {
  FILE* file = fopen("/proc/self/statm", "r");
  size_t pages = 0;
  REQUIRE(file != NULL && fscanf(file, "%*u %zu", &pages) == 1);
  fclose(file);
  return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void live_once(uint16_t origin_port, int serves) {
  zest_proxy* proxy = start_proxy(origin_port, NULL, NULL);
  if (serves) {
    const int client = connect_to(port_of(proxy));
    CHECK(ask(client));
    close(client);
  }
  if (serves) CHECK_STATUS(ZEST_OK, zest_proxy_drain(proxy, 5000, NULL));
  stop_proxy(proxy);
}

static void a_thousand_leave_nothing(void) {
  const int cycles = getenv("ZEST_SHORT") ? 100 : 1000;
  struct origin origin;
  start_origin(&origin);
  for (int i = 0; i < warm_up; ++i) live_once(origin.port, i % serve_every == 0);
  const size_t before = resident_kb();
  for (int i = 0; i < cycles; ++i) live_once(origin.port, i % serve_every == 0);
  const size_t after = resident_kb();
  printf("%d cycles: %zu KB resident before, %zu KB after\n", cycles, before, after);
#ifndef SANITIZED /* whose freed memory stays for a while */
  CHECK(after <= before + grown_kb_max);
#endif
  stop_origin(&origin);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_thousand_leave_nothing); /* fds and threads are RUN's to see */
  return check_end();
}
