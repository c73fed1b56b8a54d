#include "hook_support.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"

enum { patience_ms = 10000 };

void write_hooked(char* text, uint16_t origin_port, const char* top, const char* more) {
  char route[256];
  const int size = snprintf(route, sizeof route,
                            "%s\n[[route]]\nhook = \"gate\"\nupstream = \"app\"\n%s", top, more);
  REQUIRE(size > 0 && size < (int)sizeof route);
  write_config(text, origin_port, route);
}

zest_proxy* start_hooked(uint16_t origin_port, const char* more, const zest_proxy_hooks* hooks) {
  char text[config_max];
  write_hooked(text, origin_port, "", more);
  zest_proxy_config config = config_of(text);
  config.hooks = hooks;
  zest_proxy* proxy = NULL;
  zest_error error = {.message = ""};
  const zest_status status = zest_proxy_start(&config, &proxy, NULL, &error);
  if (status != ZEST_OK) printf("%s: %s\n", zest_status_string(status), error.message);
  REQUIRE(status == ZEST_OK && proxy != NULL);
  return proxy;
}

int begin_request(const zest_proxy* proxy, const char* request) {
  const int fd = connect_to(port_of(proxy));
  const ssize_t size = (ssize_t)strlen(request);
  REQUIRE(send(fd, request, (size_t)size, MSG_NOSIGNAL) == size);
  return fd;
}

int answered_with(int fd, int status, const char* body) {
  char bytes[4096], line[32];
  size_t size = 0;
  snprintf(line, sizeof line, "HTTP/1.1 %d", status);
  while (size < sizeof bytes - 1 && readable(fd, patience_ms)) {
    const ssize_t got = read(fd, bytes + size, sizeof bytes - 1 - size);
    if (got <= 0) return 0;
    size += (size_t)got;
    bytes[size] = 0;
    const char* end = strstr(bytes, "\r\n\r\n");
    if (end && strstr(end, body)) return strncmp(bytes, line, strlen(line)) == 0;
  }
  return 0;
}

zest_hook_event take_request(const zest_proxy* proxy) {
  zest_hook_event event = ZEST_HOOK_EVENT_INIT;
  REQUIRE(zest_hook_next(proxy, &event, patience_ms) == ZEST_OK);
  REQUIRE(event.kind == ZEST_HOOK_REQUEST && event.id != 0);
  return event;
}

zest_hook_answer answer_of(const char* body) {
  zest_hook_answer answer = ZEST_HOOK_ANSWER_INIT;
  answer.body = body;
  answer.body_size = strlen(body);
  return answer;
}
