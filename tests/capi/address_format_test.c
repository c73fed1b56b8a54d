/* zest_address_format: every family, every size of the text, and structs that lie. */
#include <string.h>

#include "check.h"

static zest_address ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) {
  const zest_address address = {.family = ZEST_FAMILY_IPV4, .port = port, .ip = {a, b, c, d}};
  return address;
}

static zest_address local(const char* path, size_t size) {
  zest_address address = {.family = ZEST_FAMILY_UNIX, .path_size = (uint32_t)size};
  memcpy(address.path, path, size);
  return address;
}

static void formats(zest_address address, const char* expected) {
  char text[128];
  CHECK_STATUS(ZEST_OK, zest_address_format(&address, text, sizeof text));
  CHECK(strcmp(text, expected) == 0);
  if (strcmp(text, expected) != 0) printf("  \"%s\" instead of \"%s\"\n", text, expected);
}

static void every_family_has_a_text(void) {
  formats(ipv4(127, 0, 0, 1, 80), "127.0.0.1:80");
  formats(ipv4(255, 255, 255, 255, 65535), "255.255.255.255:65535");
  zest_address v6 = {.family = ZEST_FAMILY_IPV6, .port = 443};
  formats(v6, "[::]:443");
  v6.ip[15] = 1;
  formats(v6, "[::1]:443");
  v6.ip[0] = 0xfe;
  v6.ip[1] = 0x80;
  v6.scope_id = 3;
  formats(v6, "[fe80::1%3]:443");
  memset(v6.ip, 0xff, sizeof v6.ip);
  v6.scope_id = UINT32_MAX;
  v6.port = 65535;
  formats(v6, "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
  formats(local("/run/x.sock", 11), "unix:/run/x.sock");
  formats(local("\0name", 5), "unix:@name");
  formats(local("", 0), "unix:");
}

static void what_is_not_known_has_a_text_too(void) {
  const zest_address none = {.family = ZEST_FAMILY_NONE, .port = 7};
  formats(none, "unknown");
  const zest_address odd = {.family = 4711, .port = 7};
  formats(odd, "unknown");
}

static void a_path_may_fill_its_place_and_a_lie_about_it_is_harmless(void) {
  zest_address address = {.family = ZEST_FAMILY_UNIX, .path_size = sizeof address.path};
  memset(address.path, 'p', sizeof address.path);
  char expected[128] = "unix:";
  memset(expected + 5, 'p', sizeof address.path);
  formats(address, expected);
  address.path_size = UINT32_MAX;
  formats(address, expected);
  /* An abstract name is any bytes; the text ends at the first zero. */
  formats(local("\0a\0b", 4), "unix:@a");
}

static void too_small_a_text_is_told_and_terminated(void) {
  const zest_address address = ipv4(127, 0, 0, 1, 80);
  const char* whole = "127.0.0.1:80";
  for (size_t size = 0; size < 20; ++size) {
    char text[32];
    memset(text, '#', sizeof text);
    const zest_status status = zest_address_format(&address, text, size);
    CHECK_STATUS(size > strlen(whole) ? ZEST_OK : ZEST_INVALID_ARGUMENT, status);
    CHECK(text[size] == '#');
    if (size > 0) CHECK(memchr(text, 0, size) != NULL);
    if (size > 0) CHECK(strncmp(text, whole, strlen(text)) == 0);
  }
}

static void null_is_told(void) {
  const zest_address address = ipv4(127, 0, 0, 1, 80);
  char text[128] = "untouched";
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_address_format(NULL, text, sizeof text));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_address_format(&address, NULL, sizeof text));
  CHECK_STATUS(ZEST_NULL_ARGUMENT, zest_address_format(NULL, NULL, 0));
  CHECK(strcmp(text, "untouched") == 0);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(every_family_has_a_text);
  RUN(what_is_not_known_has_a_text_too);
  RUN(a_path_may_fill_its_place_and_a_lie_about_it_is_harmless);
  RUN(too_small_a_text_is_told_and_terminated);
  RUN(null_is_told);
  return check_end();
}
