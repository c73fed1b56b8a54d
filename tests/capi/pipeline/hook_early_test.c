/* A handle that a callback tells of before zest_proxy_start has returned. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "hook_support.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

static uint32_t tell_of_handle(void* context, const zest_proxy* proxy,
                               const zest_hook_event* event) {
  (void)event;
  __atomic_store_n((const zest_proxy**)context, proxy, __ATOMIC_RELEASE);
  return ZEST_HOOK_QUEUE;
}

struct early {
  char path[64];
  const zest_proxy* told; /* by the callback */
};

/* Asks as soon as somebody listens, and calls through the handle as soon as it is known. */
static void* call_early(void* argument) {
  struct early* early = argument;
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  memcpy(name.sun_path, early->path, sizeof early->path);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  while (connect(client, (const struct sockaddr*)&name, sizeof name) != 0) sched_yield();
  CHECK(send(client, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1);
  const zest_proxy* proxy = NULL;
  while (!proxy) proxy = __atomic_load_n(&early->told, __ATOMIC_ACQUIRE);
  size_t count = 0;
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_stats_get(proxy, &stats));
  CHECK_STATUS(ZEST_OK, zest_proxy_listener_count(proxy, &count));
  CHECK(stats.workers == 4 && count == 1);
  const zest_hook_answer answer = answer_of("early");
  CHECK_STATUS(ZEST_OK, zest_hook_answer_with(proxy, take_request(proxy).id, &answer, NULL));
  CHECK(answered_with(client, 200, "early"));
  close(client);
  return NULL;
}

static void a_handle_from_a_callback_is_whole(void) {
  for (int round = 0; round < 50; ++round) {
    struct early early = {.told = NULL};
    snprintf(early.path, sizeof early.path, "/tmp/zest-early-%d", getpid());
    char text[config_max];
    snprintf(text, sizeof text,
             "workers = 4\n[io]\nbuf_count = 64\nbuf_size = 4096\n[[listener]]\nbind = "
             "\"unix:%s\"\n[upstream.app]\n"
             "addrs = [\"127.0.0.1:9\"]\n[[route]]\nhook = \"gate\"\nupstream = \"app\"\n",
             early.path);
    zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
    hooks.asked = tell_of_handle;
    hooks.context = &early.told;
    zest_proxy_config config = config_of(text);
    config.hooks = &hooks;
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, call_early, &early) == 0);
    zest_proxy* proxy = NULL;
    REQUIRE(zest_proxy_start(&config, &proxy, NULL, NULL) == ZEST_OK);
    REQUIRE(pthread_join(thread, NULL) == 0);
    stop_proxy(proxy);
  }
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_handle_from_a_callback_is_whole);
  return check_end();
}
