/* zest_hook_pass_with: what the origin is told and the client, by the queue and by a call; changes
 * that may not be. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "hook_support.h"
#include "support.h"

#define CHANGE(how_, name_, value_) \
  {.name = (name_), \
   .name_size = sizeof(name_) - 1, \
   .value = (value_), \
   .value_size = sizeof(value_) - 1, \
   .how = (how_)}

enum { patience_ms = 10000 };

static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\nX-User: root\r\nCookie: c\r\n\r\n";
static const zest_hook_change for_origin[] = {CHANGE(ZEST_HOOK_SET, "X-User", "one"),
                                              CHANGE(ZEST_HOOK_REMOVE, "Cookie", "")};
static const zest_hook_change for_client[] = {CHANGE(ZEST_HOOK_ADD, "Set-Cookie", "s=1")};

static zest_hook_passing changed(void) {
  zest_hook_passing passing = ZEST_HOOK_PASSING_INIT;
  passing.request = for_origin;
  passing.request_count = sizeof for_origin / sizeof for_origin[0];
  passing.answer = for_client;
  passing.answer_count = 1;
  return passing;
}

/* Until the empty line. */
static void read_head(int fd, char* head, size_t most) {
  size_t size = 0;
  head[0] = 0;
  while (!strstr(head, "\r\n\r\n") && size < most - 1 && readable(fd, patience_ms)) {
    const ssize_t got = read(fd, head + size, most - 1 - size);
    if (got <= 0) return;
    size += (size_t)got;
    head[size] = 0;
  }
}

/* Both see what they are meant to. */
static void exchange_with(int listener, int client) {
  static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  char head[4096];
  REQUIRE(readable(listener, patience_ms));
  const int origin = accept(listener, NULL, NULL);
  REQUIRE(origin >= 0);
  read_head(origin, head, sizeof head);
  CHECK_CONTAINS(head, "X-User: one\r\n");
  CHECK(!strstr(head, "root") && !strstr(head, "Cookie"));
  CHECK(write(origin, answer, sizeof answer - 1) == sizeof answer - 1);
  read_head(client, head, sizeof head);
  CHECK_CONTAINS(head, "HTTP/1.1 200");
  CHECK_CONTAINS(head, "Set-Cookie: s=1\r\n");
  close(origin);
  close(client);
}

static void by_the_queue(void) {
  uint16_t port = 0;
  const int listener = foreign_socket(SOCK_STREAM, 0, 1, &port);
  zest_proxy* proxy = start_hooked(port, "", NULL);
  for (int named = 0; named < 2; ++named) {
    const int client = begin_request(proxy, request);
    zest_hook_passing passing = changed();
    const uint64_t id = take_request(proxy).id;
    passing.upstream = "none";
    passing.upstream_size = 4;
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_pass_with(proxy, id, &passing, NULL));
    passing.upstream = "app";
    passing.upstream_size = named ? 3 : 0;
    CHECK_STATUS(ZEST_OK, zest_hook_pass_with(proxy, id, &passing, NULL));
    CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_pass_with(proxy, id, &passing, NULL));
    exchange_with(listener, client);
  }
  stop_proxy(proxy);
  close(listener);
}

static uint32_t pass_changed(void* context, const zest_proxy* proxy, const zest_hook_event* event) {
  const zest_hook_passing passing = changed();
  CHECK(context == NULL);
  CHECK_STATUS(ZEST_OK, zest_hook_pass_with(proxy, event->id, &passing, NULL));
  return ZEST_HOOK_LATER;
}

static void by_a_call(void) {
  uint16_t port = 0;
  const int listener = foreign_socket(SOCK_STREAM, 0, 1, &port);
  zest_proxy_hooks hooks = ZEST_PROXY_HOOKS_INIT;
  hooks.asked = pass_changed;
  zest_proxy* proxy = start_hooked(port, "", &hooks);
  exchange_with(listener, begin_request(proxy, request));
  stop_proxy(proxy);
  close(listener);
}

static zest_proxy* held;
static uint64_t held_id;

static void refused(zest_status expected, const zest_hook_change* change, size_t count) {
  for (int of_answer = 0; of_answer < 2; ++of_answer) {
    zest_error error = {.message = ""};
    zest_hook_passing passing = ZEST_HOOK_PASSING_INIT;
    *(of_answer ? &passing.answer : &passing.request) = change;
    *(of_answer ? &passing.answer_count : &passing.request_count) = count;
    CHECK_STATUS(expected, zest_hook_pass_with(held, held_id, &passing, &error));
    CHECK(error.code == expected && error.message[0] != 0);
  }
}

static void changes_that_may_not_be(void) {
  static const zest_hook_change bad[] = {
      CHANGE(ZEST_HOOK_SET, "X", "a\r\nY: b"), CHANGE(ZEST_HOOK_SET, "X", "a\0b"),
      CHANGE(ZEST_HOOK_ADD, "", "a"),          CHANGE(ZEST_HOOK_REMOVE, "A B", ""),
      CHANGE(ZEST_HOOK_SET, "Via", "x"),       CHANGE(ZEST_HOOK_REMOVE, "Content-Length", "")};
  const zest_hook_change no_name = {.name_size = 1, .value = "a", .value_size = 1};
  const zest_hook_change no_value = {.name = "X", .name_size = 1, .value_size = 1};
  const zest_hook_change new_kind = CHANGE(3, "X", "a");
  zest_hook_change reserved = CHANGE(0, "X", "a");
  reserved.reserved = 1;
  held = start_hooked(9, "", NULL);
  const int client = begin_request(held, request);
  held_id = take_request(held).id;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
    refused(ZEST_INVALID_ARGUMENT, &bad[i], 1);
  refused(ZEST_INVALID_ARGUMENT, NULL, 1);
  refused(ZEST_INVALID_ARGUMENT, for_client, 100000);
  refused(ZEST_NULL_ARGUMENT, &no_name, 1);
  refused(ZEST_NULL_ARGUMENT, &no_value, 1);
  refused(ZEST_UNSUPPORTED, &new_kind, 1);
  refused(ZEST_UNSUPPORTED, &reserved, 1);
  close(client);
  stop_proxy(held);
}

static void refused_with(const zest_hook_change* change, const char* of_request,
                         const char* of_answer) {
  const zest_hook_change changes[] = {CHANGE(ZEST_HOOK_SET, "X-Fine", "a"), *change};
  zest_hook_passing passing = ZEST_HOOK_PASSING_INIT;
  zest_error error = {.message = ""};
  passing.request = changes;
  passing.request_count = 2;
  CHECK(zest_hook_pass_with(held, held_id, &passing, &error) != ZEST_OK);
  CHECK_CONTAINS(error.message, of_request);
  passing.answer = changes;
  passing.answer_count = 2;
  passing.request_count = 0;
  CHECK(zest_hook_pass_with(held, held_id, &passing, &error) != ZEST_OK);
  CHECK_CONTAINS(error.message, of_answer);
}

static void an_error_names_the_change(void) {
  static const zest_hook_change via = CHANGE(ZEST_HOOK_SET, "Via", "x");
  static const zest_hook_change odd = CHANGE(ZEST_HOOK_REMOVE, "A\n\"\xff", "");
  static const zest_hook_change no_value = {.name = "X", .name_size = 1, .value_size = 1};
  static const zest_hook_change no_name = {.name_size = 1};
  static const zest_hook_change new_kind = CHANGE(3, "X", "a");
  static const zest_hook_change long_one =
      CHANGE(ZEST_HOOK_SET,
             "a name of much more than sixty bytes, which no sentence would have room for", "a");
  held = start_hooked(9, "", NULL);
  const int client = begin_request(held, request);
  held_id = take_request(held).id;
  refused_with(&via, "request[1] \"Via\" is the proxy's own", "answer[1] \"Via\"");
  refused_with(&odd, "request[1] \"A???\" may not stand", "answer[1] \"A???\" may not stand");
  refused_with(&no_value, "request[1] \"X\": its value is NULL", "answer[1] \"X\": its value");
  refused_with(&no_name, "request[1]: its name is NULL", "answer[1]: its name is NULL");
  refused_with(&new_kind, "request[1] \"X\": how 3", "answer[1] \"X\": how 3");
  refused_with(&long_one, "...\" may not stand in a head", "...\" may not stand in a head");
  close(client);
  stop_proxy(held);
}

static int in_the_child(void* context) {
  const zest_hook_passing passing = changed();
  CHECK_STATUS(ZEST_FORKED, zest_hook_pass_with(context, 1, &passing, NULL));
  return 0;
}

static void structs_that_are_none(void) {
  held = start_hooked(9, "", NULL);
  zest_hook_passing passing = changed();
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_hook_pass_with(NULL, 1, &passing, NULL));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_hook_pass_with(held, 1, NULL, NULL));
  CHECK_STATUS(ZEST_INVALID_ARGUMENT, zest_hook_pass_with(held, 0, &passing, NULL));
  CHECK(in_child(in_the_child, held) == 0);
  const int client = begin_request(held, request);
  const uint64_t id = take_request(held).id;
  passing.upstream_size = 1;
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_hook_pass_with(held, id, &passing, NULL));
  passing.upstream_size = 0;
  passing.reserved = 1;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_hook_pass_with(held, id, &passing, NULL));
  passing.reserved = 0;
  for (uint32_t size = 0; size < sizeof passing; size += 8) {
    passing.struct_size = size;
    CHECK_STATUS(ZEST_UNSUPPORTED, zest_hook_pass_with(held, id, &passing, NULL));
  }
  passing.struct_size = 5000;
  CHECK_STATUS(ZEST_UNSUPPORTED, zest_hook_pass_with(held, id, &passing, NULL));
  CHECK_STATUS(ZEST_OK, zest_hook_pass(held, id, NULL));
  close(client);
  stop_proxy(held);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(by_the_queue);
  RUN(by_a_call);
  RUN(changes_that_may_not_be);
  RUN(an_error_names_the_change);
  RUN(structs_that_are_none);
  return check_end();
}
