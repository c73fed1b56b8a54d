/* A host that opens libzest at run time, as Python, Node or Go do, and closes it again: a thousand
 * times, from two threads in turn, with a service in every tenth. The process is then what it was.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <zest/zest.h>

#include "process.h"

enum { cycles = 1000, warm_up = 50, service_every = 10 };

/* What of libzest this host uses. */
static struct {
  void* library;
  __typeof__(&zest_version) version;
  __typeof__(&zest_listen) listen;
  __typeof__(&zest_next) next;
  __typeof__(&zest_shutdown) shutdown;
  __typeof__(&zest_service_free) service_free;
  __typeof__(&zest_report_row_get) report_row_get;
  __typeof__(&zest_report_free) report_free;
} zest;

static void open_library(const char* path) {
  zest.library = open_at(path);
  find(zest.library, "zest_version", &zest.version);
  find(zest.library, "zest_listen", &zest.listen);
  find(zest.library, "zest_next", &zest.next);
  find(zest.library, "zest_shutdown", &zest.shutdown);
  find(zest.library, "zest_service_free", &zest.service_free);
  find(zest.library, "zest_report_row_get", &zest.report_row_get);
  find(zest.library, "zest_report_free", &zest.report_free);
}

static int connect_to(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0 && connect(fd, (const struct sockaddr*)&address, sizeof address) == 0);
  return fd;
}

static void serve_one(void) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.address = "127.0.0.1:0";
  config.listener_id = 5;
  zest_service* service = NULL;
  zest_report* report = NULL;
  zest_report_row row = ZEST_REPORT_ROW_INIT;
  REQUIRE(zest.listen(&config, 1, NULL, &service, &report, NULL) == ZEST_OK);
  REQUIRE(zest.report_row_get(report, 0, &row) == ZEST_OK);
  REQUIRE(zest.report_free(&report) == ZEST_OK);
  const int client = connect_to(row.address.port);
  zest_connection got = ZEST_CONNECTION_INIT;
  REQUIRE(zest.next(service, &got, 5000) == ZEST_OK);
  REQUIRE(got.listener_id == 5 && write(got.fd, "z", 1) == 1);
  char byte = 0;
  REQUIRE(read(client, &byte, 1) == 1 && byte == 'z');
  close(got.fd);
  close(client);
  REQUIRE(zest.service_free(&service) == ZEST_OK);
}

/* An error, too, so that the C++ runtime inside has thrown nothing and kept nothing. */
static void fail_one(void) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.address = "nonsense";
  zest_service* service = NULL;
  zest_error error;
  REQUIRE(zest.listen(&config, 1, NULL, &service, NULL, &error) == ZEST_BAD_ADDRESS);
}

static const char* library_path;

static void run_cycle(int cycle) {
  open_library(library_path);
  REQUIRE(zest.version() == ZEST_VERSION_NUMBER);
  if (cycle % service_every == 0) serve_one();
  fail_one();
  REQUIRE(dlclose(zest.library) == 0);
  REQUIRE(dlopen(library_path, RTLD_NOW | RTLD_NOLOAD) == NULL);
}

static void* run_cycle_in_thread(void* cycle) {
  run_cycle(*(const int*)cycle);
  return NULL;
}

static void* serve_in_thread(void* nothing) {
  serve_one();
  return nothing;
}

static void in_thread(void* (*body)(void*), void* argument) {
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, body, argument) == 0);
  REQUIRE(pthread_join(thread, NULL) == 0);
}

/* Opened and closed by one thread, used by another that has ended by then. */
static void run_split_cycle(void) {
  open_library(library_path);
  in_thread(serve_in_thread, NULL);
  REQUIRE(dlclose(zest.library) == 0);
  REQUIRE(dlopen(library_path, RTLD_NOW | RTLD_NOLOAD) == NULL);
}

static void run_cycles(int first, int end) {
  for (int cycle = first; cycle < end; ++cycle) {
    if (cycle % 2 == 0) {
      run_cycle(cycle);
    } else {
      in_thread(run_cycle_in_thread, &cycle);
    }
    if (cycle % 25 == 0) run_split_cycle();
  }
}

struct state {
  size_t fds;
  size_t threads;
  size_t mappings;
  size_t resident_kb;
};

static size_t lines(const char* path) {
  FILE* file = fopen(path, "r");
  REQUIRE(file != NULL);
  size_t count = 0;
  for (int c; (c = fgetc(file)) != EOF;) count += c == '\n';
  fclose(file);
  return count;
}

static struct state state_now(void) {
  const struct state state = {.fds = entries("/proc/self/fd"),
                              .threads = entries("/proc/self/task"),
                              .mappings = lines("/proc/self/maps"),
                              .resident_kb = resident_kb()};
  return state;
}

static struct state settled_state(const struct state* wanted) {
  struct state now = state_now();
  for (int i = 0; i < 500 && (now.fds != wanted->fds || now.threads != wanted->threads); ++i) {
    usleep(2000);
    now = state_now();
  }
  return now;
}

static void print(const char* when, const struct state* state) {
  printf("%s: %zu fds, %zu threads, %zu mappings, %zu KB resident\n", when, state->fds,
         state->threads, state->mappings, state->resident_kb);
}

int main(void) {
  library_path = getenv("ZEST_LIB");
  if (!library_path) {
    printf("skipped: ZEST_LIB does not say where the library is\n");
    return 77;
  }
  setvbuf(stdout, NULL, _IOLBF, 0);
  alarm(240);
  run_cycles(0, warm_up);
  const struct state before = state_now();
  print("after the warm-up", &before);
  run_cycles(warm_up, warm_up + cycles);
  const struct state after = settled_state(&before);
  print("after 1000 cycles", &after);
  REQUIRE(after.fds == before.fds && after.threads == before.threads);
  REQUIRE(after.mappings <= before.mappings + 2); /* malloc may have one more or less */
  REQUIRE(after.resident_kb <= before.resident_kb + 512);
  return 0;
}
