/* A host that opens libzest-proxy at run time and closes it again, with a proxy in every tenth
 * turn: the process is then what it was. The thread that opens it is not always the one that closes
 * it. */
#include <pthread.h>
#include <zest/http.h>
#include <zest/proxy.h>

#include "process.h"

enum { cycles = 200, warm_up = 20, proxy_every = 10, grown_kb_max = 1024 };

static const char* library_path;

static void parse_one(void* library) {
  static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  __typeof__(&zest_http_parse_request) parse;
  find(library, "zest_http_parse_request", &parse);
  zest_http_field fields[4];
  zest_http_parser parser = {{0}};
  zest_http_request request = ZEST_HTTP_REQUEST_INIT;
  request.head.fields = fields;
  request.head.field_capacity = 4;
  REQUIRE(parse(&parser, text, sizeof text - 1, NULL, &request) == ZEST_OK);
}

/* With TLS to the origin, so that OpenSSL has been set up. */
static void run_proxy(void* library) {
  static const char text[] =
      "workers = 1\nio.buf_count = 16\nio.buf_size = 4096\n"
      "[[listener]]\nbind = \"127.0.0.1:0\"\n"
      "[upstream.app]\naddrs = [\"127.0.0.1:9\"]\ntls = { verify = false }\n";
  __typeof__(&zest_proxy_start) start;
  __typeof__(&zest_proxy_free) end;
  find(library, "zest_proxy_start", &start);
  find(library, "zest_proxy_free", &end);
  zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  config.text = text;
  config.text_size = sizeof text - 1;
  zest_proxy* proxy = NULL;
  zest_error error;
  if (start(&config, &proxy, NULL, &error) != ZEST_OK) printf("%s\n", error.message);
  REQUIRE(proxy != NULL && end(&proxy) == ZEST_OK);
}

static void* run_in_thread(void* library) {
  parse_one(library);
  run_proxy(library);
  return NULL;
}

static void run_cycle(int cycle) {
  void* library = open_at(library_path);
  parse_one(library);
  if (cycle % proxy_every == 0) run_proxy(library);
  if (cycle % proxy_every == 5) {
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, run_in_thread, library) == 0);
    REQUIRE(pthread_join(thread, NULL) == 0);
  }
  REQUIRE(dlclose(library) == 0);
}

int main(void) {
  library_path = getenv("ZEST_PROXY_LIB");
  if (!library_path) {
    printf("skipped: ZEST_PROXY_LIB does not say where the library is\n");
    return 77;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  alarm(240);
  for (int cycle = 0; cycle < warm_up; ++cycle) run_cycle(cycle);
  const size_t fds = entries("/proc/self/fd"), kb = resident_kb();
  for (int cycle = 0; cycle < cycles; ++cycle) run_cycle(cycle);
  for (int i = 0; i < 500 && entries("/proc/self/fd") != fds; ++i) usleep(2000);
  printf("%d cycles: %zu KB before, %zu KB after\n", cycles, kb, resident_kb());
  REQUIRE(entries("/proc/self/fd") == fds);
  REQUIRE(resident_kb() <= kb + grown_kb_max);
  return 0;
}
