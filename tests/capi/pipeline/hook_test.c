/* zest/hook.h: requests by the queue and by a call, answered, passed and routed; late, twice,
 * never; connections of a protocol of the host's. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "hook_support.h"
#include "support.h"

static const char request[] = "GET /a?b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\n\r\n";

static int is(const char* text, uint32_t size, const char* expected) {
  return size == strlen(expected) && memcmp(text, expected, size) == 0;
}

static void a_request_is_seen_and_answered(void) {
  zest_proxy* proxy = start_hooked(9, "", NULL);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_hook_fd(proxy, &fd));
  CHECK(!readable(fd, 0));
  const int client = begin_request(proxy, request);
  CHECK(readable(fd, 10000));
  const zest_hook_event event = take_request(proxy);
  CHECK(is(event.method, event.method_size, "GET") && is(event.name, event.name_size, "gate"));
  CHECK(is(event.target, event.target_size, "/a?b") && is(event.host, event.host_size, "h"));
  CHECK(is(event.upstream, event.upstream_size, "app") && event.listener_id == 1);
  CHECK(event.fd == -1 && event.body_kind == ZEST_HTTP_BODY_NONE && event.encrypted == 0);
  CHECK(event.client.family == ZEST_FAMILY_IPV4 && event.deadline_ns > 0);
  const zest_http_field* one = zest_http_find(event.head, "x-one", 5, NULL);
  REQUIRE(one != NULL);
  CHECK(is(event.head->bytes + one->value.offset, one->value.size, "1"));
  const zest_hook_field field = {.name = "X-Two", .name_size = 5, .value = "2", .value_size = 1};
  zest_hook_answer answer = answer_of("by the host");
  answer.status = 418;
  answer.fields = &field;
  answer.field_count = 1;
  CHECK_STATUS(ZEST_OK, zest_hook_answer_with(proxy, event.id, &answer, NULL));
  CHECK(answered_with(client, 418, "by the host"));
  zest_hook_event none = ZEST_HOOK_EVENT_INIT;
  CHECK_STATUS(ZEST_TIMED_OUT, zest_hook_next(proxy, &none, 0));
  CHECK(!readable(fd, 0));
  close(client);
  stop_proxy(proxy);
}

static void what_passes_goes_to_the_upstream(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy* proxy = start_hooked(origin.port, "", NULL);
  for (int i = 0; i < 4; ++i) {
    const int client = begin_request(proxy, request);
    const uint64_t id = take_request(proxy).id;
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_route(proxy, id, "none", 4, NULL));
    CHECK_STATUS(ZEST_OK, i % 2 ? zest_hook_route(proxy, id, "app", 3, NULL)
                                : zest_hook_pass(proxy, id, NULL));
    CHECK(answered_with(client, 200, "hello"));
    close(client);
  }
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_stats_get(proxy, &stats));
  CHECK(stats.hooked == 4 && stats.hooks_waiting == 0 && stats.connections_given == 0);
  stop_proxy(proxy);
  stop_origin(&origin);
}

/* Taken on the worker's thread, before any time is over. */
static uint32_t keep(void* context, const zest_proxy* proxy, const zest_hook_event* event) {
  (void)proxy;
  memcpy(context, event, sizeof *event);
  return ZEST_HOOK_LATER;
}

static void late_and_twice_are_statuses(void) {
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  hooks.asked = keep;
  hooks.context = &event;
  zest_proxy* proxy = start_hooked(9, "hook_timeout_ms = 50\n", &hooks);
  const zest_hook_answer answer = answer_of("too late");
  const int client = begin_request(proxy, request);
  CHECK(answered_with(client, 504, "Timeout"));
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  CHECK_STATUS(ZEST_OK, zest_proxy_stats_get(proxy, &stats));
  CHECK(stats.hooks_waiting == 1 && stats.timeouts == 1);
  CHECK(event.method[0] == 'G'); /* still readable */
  zest_error error;
  CHECK_STATUS(ZEST_CLOSED, zest_hook_answer_with(proxy, event.id, &answer, &error));
  CHECK_CONTAINS(error.message, "ended");
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_answer_with(proxy, event.id, &answer, &error));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_pass(proxy, event.id, NULL));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_pass(proxy, 0, NULL));
  close(client);
  stop_proxy(proxy);
}

static void a_client_that_goes_is_a_status(void) {
  zest_proxy* proxy = start_hooked(9, "", NULL);
  const int client = begin_request(proxy, request);
  const uint64_t id = take_request(proxy).id;
  const struct linger hard = {.l_onoff = 1, .l_linger = 0};
  REQUIRE(setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard) == 0);
  close(client);
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  do {
    CHECK_STATUS(ZEST_OK, zest_proxy_stats_get(proxy, &stats));
  } while (stats.connections_closed == 0);
  CHECK_STATUS(ZEST_CLOSED, zest_hook_pass(proxy, id, NULL));
  stop_proxy(proxy);
}

static void count_release(void* context) { __atomic_fetch_add((int*)context, 1, __ATOMIC_RELEASE); }

static void a_lent_body_is_given_back_once(void) {
  static char body[300000];
  int released = 0;
  memset(body, 'b', sizeof body);
  zest_proxy* proxy = start_hooked(9, "", NULL);
  zest_hook_answer answer = {.struct_size = sizeof answer,
                             .status = 204,
                             .body = body,
                             .body_size = sizeof body,
                             .release = count_release,
                             .release_context = &released};
  const int client = begin_request(proxy, request);
  const uint64_t id = take_request(proxy).id;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_answer_with(proxy, id, &answer, NULL));
  CHECK(released == 0);
  answer.status = 200;
  CHECK_STATUS(ZEST_OK, zest_hook_answer_with(proxy, id, &answer, NULL));
  size_t got = 0;
  while (got < sizeof body && readable(client, 10000)) {
    static char bytes[65536];
    const ssize_t size = read(client, bytes, sizeof bytes);
    if (size <= 0) break;
    got += (size_t)size;
  }
  CHECK(got > sizeof body);
  close(client);
  CHECK_STATUS(ZEST_OK, zest_proxy_drain(proxy, 5000, NULL));
  CHECK(__atomic_load_n(&released, __ATOMIC_ACQUIRE) == 1);
  stop_proxy(proxy);
}

static uint32_t ask_by_target(void* context, const zest_proxy* proxy,
                              const zest_hook_event* event) {
  if (is(event->target, event->target_size, "/pass")) return ZEST_HOOK_PASS;
  if (is(event->target, event->target_size, "/queue")) return ZEST_HOOK_QUEUE;
  const zest_hook_answer answer = answer_of(context);
  CHECK_STATUS(ZEST_OK, zest_hook_answer_with(proxy, event->id, &answer, NULL));
  return ZEST_HOOK_LATER;
}

static void a_call_decides_at_once(void) {
  struct origin origin;
  start_origin(&origin);
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  hooks.asked = ask_by_target;
  hooks.context = (void*)(uintptr_t)"at once";
  zest_proxy* proxy = start_hooked(origin.port, "", &hooks);
  int client = begin_request(proxy, "GET /pass HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(answered_with(client, 200, "hello"));
  close(client);
  client = begin_request(proxy, request);
  CHECK(answered_with(client, 200, "at once"));
  close(client);
  client = begin_request(proxy, "GET /queue HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_STATUS(ZEST_OK, zest_hook_pass(proxy, take_request(proxy).id, NULL));
  CHECK(answered_with(client, 200, "hello"));
  close(client);
  stop_proxy(proxy);
  stop_origin(&origin);
}

static uint32_t begins_with_bang(void* context, uint64_t listener_id, const char* bytes,
                                 size_t size) {
  CHECK(listener_id == 1 && size >= 1 && context == NULL);
  if (bytes[0] != '!') return ZEST_CLAIM_NO;
  return size > 1 ? ZEST_CLAIM_YES : ZEST_CLAIM_MORE;
}

static void take_and_echo(zest_proxy* proxy, const char* sent, const char* name) {
  char bytes[16] = "";
  const int client = begin_request(proxy, sent);
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  REQUIRE(zest_hook_next(proxy, &event, 10000) == ZEST_OK);
  CHECK(event.kind == ZEST_HOOK_CONNECTION && event.id == 0 && event.head == NULL);
  CHECK(is(event.name, event.name_size, name) && event.listener_id == 1);
  CHECK(event.client.family == ZEST_FAMILY_IPV4);
  CHECK(read(event.fd, bytes, sizeof bytes) == (ssize_t)strlen(sent) && !strcmp(bytes, sent));
  CHECK(write(event.fd, "ok", 2) == 2 && read(client, bytes, 2) == 2 && bytes[0] == 'o');
  close(event.fd);
  close(client);
}

static void connections_of_a_protocol_are_the_hosts(void) {
  struct origin origin;
  start_origin(&origin);
  zest_hook_protocol protocols[2] = {ZEST_HOOK_PROTOCOL_INIT, ZEST_HOOK_PROTOCOL_INIT};
  protocols[0].name = "redis";
  protocols[0].prefix = "*1";
  protocols[0].prefix_size = 2;
  protocols[1].name = "bang";
  protocols[1].claims = begins_with_bang;
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  hooks.flags = ZEST_HOOK_NOTIFY_PIPE;
  hooks.protocols = protocols;
  hooks.protocol_count = 2;
  char text[config_max];
  write_config(text, origin.port, "");
  zest_proxy_config config = config_of(text);
  config.hooks = &hooks;
  zest_proxy* proxy = NULL;
  REQUIRE(zest_proxy_start(&config, &proxy, NULL, NULL) == ZEST_OK);
  take_and_echo(proxy, "*1\r\n", "redis");
  take_and_echo(proxy, "!!", "bang");
  const int client = connect_to(port_of(proxy));
  CHECK(ask(client));
  close(client);
  stop_proxy(proxy);
  stop_origin(&origin);
}

static zest_status wait_for_ever(void* proxy) {
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  const zest_status status = zest_hook_next(proxy, &event, -1);
  return status == ZEST_OK ? zest_hook_pass(proxy, event.id, NULL) : status;
}

static void the_end_is_heard(void) {
  zest_proxy* proxy = start_hooked(9, "", NULL);
  int32_t fd = -1;
  CHECK_STATUS(ZEST_OK, zest_hook_fd(proxy, &fd));
  CHECK_STATUS(ZEST_OK, zest_proxy_cut(proxy));
  CHECK_STATUS(ZEST_CLOSED, in_thread(wait_for_ever, proxy));
  CHECK(readable(fd, 10000));
  stop_proxy(proxy);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(a_request_is_seen_and_answered);
  RUN(what_passes_goes_to_the_upstream);
  RUN(late_and_twice_are_statuses);
  RUN(a_client_that_goes_is_a_status);
  RUN(a_lent_body_is_given_back_once);
  RUN(a_call_decides_at_once);
  RUN(connections_of_a_protocol_are_the_hosts);
  RUN(the_end_is_heard);
  return check_end();
}
