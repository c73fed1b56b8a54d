/* Requests and connections put before a host, each time with another fallible call failing. Only
 * statuses: no crash, no hang, no leak, and every lent body comes back. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hook_support.h"
#include "support.h"
#include "torture.h"

enum { answer_ms = 500 };

static struct origin origin;
static int lent;

static void give_back(void* context) { __atomic_fetch_sub((int*)context, 1, __ATOMIC_RELEASE); }

static void decide(const zest_proxy* proxy, const zest_hook_event* event, int answers) {
  zest_status status = ZEST_OK;
  if (event->kind == ZEST_HOOK_CONNECTION) {
    close(event->fd);
  } else if (answers) {
    static const zest_hook_field field = {"X", 1, "x", 1};
    zest_hook_answer answer = answer_of("hello");
    answer.fields = &field;
    answer.field_count = 1;
    answer.release = give_back;
    answer.release_context = &lent;
    __atomic_fetch_add(&lent, 1, __ATOMIC_RELAXED);
    status = zest_hook_answer_with(proxy, event->id, &answer, NULL);
    if (status != ZEST_OK) give_back(&lent);
  } else {
    static const zest_hook_change change = {"X", 1, "x", 1, ZEST_HOOK_SET, 0};
    zest_hook_passing passing = ZEST_HOOK_PASSING_INIT;
    passing.request = passing.answer = &change;
    passing.request_count = passing.answer_count = 1;
    status = zest_hook_pass_with(proxy, event->id, &passing, NULL);
  }
  CHECK(status == ZEST_OK || status == ZEST_CLOSED || is_failure(status));
  if (is_failure(status)) (void)zest_hook_pass(proxy, event->id, NULL);
}

static void one(const zest_proxy* proxy, const char* sent, int answers) {
  int ends[2];
  connected_pair(ends);
  if (zest_proxy_serve(proxy, ends[1], 1, NULL) == ZEST_OK &&
      send(ends[0], sent, strlen(sent), MSG_NOSIGNAL) > 0) {
    zest_hook_event event = ZEST_HOOK_EVENT_INIT;
    const zest_status status = zest_hook_next(proxy, &event, answer_ms);
    CHECK(status == ZEST_OK || status == ZEST_TIMED_OUT || is_failure(status));
    if (status == ZEST_OK) decide(proxy, &event, answers);
    char bytes[512];
    if (readable(ends[0], answer_ms)) (void)!read(ends[0], bytes, sizeof bytes);
  }
  close(ends[0]);
}

static void live(const char* io) {
  static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  char text[config_max];
  write_hooked(text, origin.port, io, "");
  zest_hook_protocol protocol = ZEST_HOOK_PROTOCOL_INIT;
  protocol.name = "bang";
  protocol.prefix = "!";
  protocol.prefix_size = 1;
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  hooks.protocols = &protocol;
  hooks.protocol_count = 1;
  zest_proxy_config config = config_of(text);
  config.hooks = &hooks;
  zest_proxy* proxy = NULL;
  const zest_status status = zest_proxy_start(&config, &proxy, NULL, NULL);
  CHECK(status == ZEST_OK || is_failure(status));
  if (!proxy) return;
  int32_t fd = -1;
  (void)zest_hook_fd(proxy, &fd);
  one(proxy, request, 1);
  one(proxy, request, 0);
  one(proxy, "!", 0);
  stop_proxy(proxy);
  CHECK(__atomic_load_n(&lent, __ATOMIC_ACQUIRE) == 0);
}

static void live_as_it_comes(void) { live(""); }
static void live_on_epoll(void) { live("io.backend = \"epoll\""); }

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  start_origin(&origin);
  TORTURE(live_as_it_comes);
  TORTURE(live_on_epoll);
  stop_origin(&origin);
  return check_end();
}
