/* Every call of zest/hook.h with NULL, with structs of every size, with answers that may not be and
 * from a forked child: a status, and the request still to be decided. */
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "hook_support.h"
#include "support.h"

static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

static void null_is_a_status(void) {
  const zest_status null = ZEST_NULL_ARGUMENT;
  const zest_hook_answer answer = answer_of("x");
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  zest_error error;
  int32_t fd = 0;
  CHECK_STATUS(null, zest_hook_fd(NULL, &fd));
  CHECK_STATUS(null, zest_hook_next(NULL, &event, 0));
  CHECK_STATUS(null, zest_hook_answer_with(NULL, 1, &answer, &error));
  CHECK_STATUS(null, zest_hook_pass(NULL, 1, &error));
  CHECK_CONTAINS(error.message, "proxy must not be NULL");
  CHECK_STATUS(null, zest_hook_route(NULL, 1, "a", 1, &error));
  zest_proxy* proxy = start_hooked(9, "", NULL);
  CHECK_STATUS(null, zest_hook_fd(proxy, NULL));
  CHECK_STATUS(null, zest_hook_next(proxy, NULL, 0));
  CHECK_STATUS(null, zest_hook_answer_with(proxy, 1, NULL, &error));
  CHECK_STATUS(null, zest_hook_route(proxy, 1, NULL, 1, &error));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_route(proxy, 1, NULL, 0, &error));
  stop_proxy(proxy);
}

/* Both look at all of it. */
static zest_status start_or_check(const zest_proxy_config* config, zest_proxy** proxy,
                                  zest_error* error) {
  const zest_status status = zest_proxy_start(config, proxy, NULL, error);
  CHECK_STATUS(status, zest_proxy_check(config, NULL, NULL));
  return status;
}

static void hooks_that_are_none(void) {
  char text[config_max];
  write_hooked(text, 9, "", "");
  zest_proxy_config config = config_of(text);
  zest_hook_protocol protocol = ZEST_HOOK_PROTOCOL_INIT;
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  zest_proxy* proxy = NULL;
  zest_error error;
  config.hooks = &hooks;
  hooks.struct_size = 0;
  CHECK_STATUS(ZEST_UNSUPPORTED, start_or_check(&config, &proxy, &error));
  hooks.struct_size = sizeof hooks;
  hooks.flags = 2;
  CHECK_STATUS(ZEST_UNSUPPORTED, start_or_check(&config, &proxy, &error));
  CHECK_CONTAINS(error.message, "zest_proxy_hooks.flags");
  hooks.flags = 0;
  hooks.protocol_count = 1;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, start_or_check(&config, &proxy, &error));
  hooks.protocols = &protocol;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, start_or_check(&config, &proxy, &error));
  CHECK_CONTAINS(error.message, "no name");
  protocol.name = "p";
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, start_or_check(&config, &proxy, &error));
  CHECK_CONTAINS(error.message, "prefix");
  protocol.prefix = "p";
  protocol.prefix_size = 5000;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, start_or_check(&config, &proxy, &error));
  protocol.prefix_size = 1;
  protocol.reserved = 1;
  CHECK_STATUS(ZEST_UNSUPPORTED, start_or_check(&config, &proxy, &error));
  CHECK_CONTAINS(error.message, "zest_hook_protocol.reserved");
  protocol.struct_size = 4;
  CHECK_STATUS(ZEST_UNSUPPORTED, start_or_check(&config, &proxy, &error));
  hooks.protocol_count = 100000;
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, start_or_check(&config, &proxy, &error));
  CHECK(proxy == NULL);
}

static void refused(const zest_proxy* proxy, uint64_t id, const zest_hook_answer* answer,
                    zest_status expected) {
  zest_error error = {.message = ""};
  CHECK_STATUS(expected, zest_hook_answer_with(proxy, id, answer, &error));
  CHECK(error.code == expected && error.message[0] != 0);
}

static void answers_that_may_not_be(void) {
  static const zest_hook_field fields[] = {{"X", 1, "a\r\nY: b", 7},
                                           {"X", 1, "a\0b", 3},
                                           {"", 0, "a", 1},
                                           {"A B", 3, "a", 1},
                                           {"Content-Length", 14, "1", 1},
                                           {"Connection", 10, "x", 1}};
  zest_proxy* proxy = start_hooked(9, "", NULL);
  const int client = begin_request(proxy, request);
  const uint64_t id = take_request(proxy).id;
  zest_hook_answer answer = answer_of("body");
  answer.field_count = 1;
  refused(proxy, id, &answer, ZEST_INVALID_ARGUMENT);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i) {
    answer.fields = &fields[i];
    refused(proxy, id, &answer, ZEST_INVALID_ARGUMENT);
  }
  const zest_hook_field null = {NULL, 1, "a", 1};
  answer.fields = &null;
  refused(proxy, id, &answer, ZEST_NULL_ARGUMENT);
  zest_error error;
  answer.fields = &fields[4];
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_answer_with(proxy, id, &answer, &error));
  CHECK_CONTAINS(error.message, "fields[0] \"Content-Length\"");
  answer.field_count = 100000;
  refused(proxy, id, &answer, ZEST_INVALID_ARGUMENT);
  answer.field_count = 0;
  for (uint32_t status = 0; status < 70000; status += status < 200 ? 100 : 65536) {
    answer.status = status;
    if (status != 200) refused(proxy, id, &answer, ZEST_INVALID_ARGUMENT);
  }
  answer.status = 200;
  answer.body_size = (size_t)65 << 20;
  refused(proxy, id, &answer, ZEST_INVALID_ARGUMENT);
  answer.body = NULL;
  refused(proxy, id, &answer, ZEST_NULL_ARGUMENT);
  answer.struct_size = 3;
  refused(proxy, id, &answer, ZEST_UNSUPPORTED);
  answer = answer_of("at last");
  CHECK_STATUS(ZEST_OK, zest_hook_answer_with(proxy, id, &answer, NULL));
  CHECK(answered_with(client, 200, "at last"));
  close(client);
  stop_proxy(proxy);
}

static void struct_sizes(void) {
  static union {
    zest_hook_event event;
    unsigned char bytes[8192];
  } large;
  zest_proxy* proxy = start_hooked(9, "", NULL);
  for (size_t size = 0; size <= 5000; size += size < 500 ? 1 : 61) {
    memset(&large, 0x5a, sizeof large);
    large.event.struct_size = (uint32_t)size;
    const int good = size >= sizeof(zest_hook_event) && size <= 4096 && size % 8 == 0;
    CHECK_STATUS(good ? ZEST_TIMED_OUT : ZEST_UNSUPPORTED, zest_hook_next(proxy, &large.event, 0));
    CHECK(large.bytes[sizeof(uint32_t)] == 0x5a); /* nothing was written */
  }
  stop_proxy(proxy);
}

static int in_the_child(void* context) {
  zest_proxy* proxy = context;
  const zest_hook_answer answer = answer_of("x");
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  int32_t fd = 0;
  CHECK_STATUS(ZEST_FORKED, zest_hook_fd(proxy, &fd));
  CHECK_STATUS(ZEST_FORKED, zest_hook_next(proxy, &event, -1));
  CHECK_STATUS(ZEST_FORKED, zest_hook_answer_with(proxy, 1, &answer, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_hook_pass(proxy, 1, NULL));
  CHECK_STATUS(ZEST_FORKED, zest_hook_route(proxy, 1, "a", 1, NULL));
  CHECK_STATUS(ZEST_OK, zest_proxy_free(&proxy));
  return 0;
}

static void a_forked_child_decides_nothing(void) {
  zest_proxy* proxy = start_hooked(9, "", NULL);
  CHECK(in_child(in_the_child, proxy) == 0);
  stop_proxy(proxy);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(null_is_a_status);
  RUN(hooks_that_are_none);
  RUN(answers_that_may_not_be);
  RUN(struct_sizes);
  RUN(a_forked_child_decides_nothing);
  return check_end();
}
