/* Unix sockets: paths, abstract names, permissions, what is left behind, and sockets adopted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "listen_checks.h"
#include "support.h"

static char folder[] = "/tmp/zest-capi-XXXXXX";
static char path[64];
static char address[80];

static void serves(zest_service* service, const char* name, const char* local, size_t local_size) {
  const int client = connect_unix(name);
  zest_connection got = ZEST_CONNECTION_INIT;
  CHECK_STATUS(ZEST_OK, zest_next(service, &got, 5000));
  CHECK(got.protocol == ZEST_UNIX);
  CHECK(got.local.family == ZEST_FAMILY_UNIX && got.local.port == 0);
  CHECK(got.local.path_size == local_size && memcmp(got.local.path, local, local_size) == 0);
  CHECK(got.remote.family == ZEST_FAMILY_UNIX && got.remote.path_size == 0);
  CHECK(write(client, "x", 1) == 1);
  char byte = 0;
  CHECK(readable(got.fd, 5000));
  CHECK(read(got.fd, &byte, 1) == 1 && byte == 'x');
  close(got.fd);
  close(client);
}

static void a_path_is_served_and_removed(void) {
  zest_report* report = NULL;
  zest_service* service = start(address, 9, NULL, &report);
  const zest_report_row row = row_of(report, 0);
  CHECK(row.protocol == ZEST_UNIX && row.reuseport == 0 && row.address.family == ZEST_FAMILY_UNIX);
  CHECK_CONTAINS(row.note, "Unix socket: one listener");
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  serves(service, path, path, strlen(path));
  stop(service);
  CHECK(access(path, F_OK) != 0);
}

static void an_abstract_name_is_served(void) {
  char name[64];
  char text[80];
  snprintf(name, sizeof name, "@zest-capi-%d", (int)getpid());
  snprintf(text, sizeof text, "unix:%s", name);
  zest_service* service = start(text, 9, NULL, NULL);
  char local[64];
  memcpy(local, name, sizeof local);
  local[0] = 0;
  serves(service, name, local, strlen(name));
  stop(service);
}

static void its_file_has_the_mode_asked_for(void) {
  zest_listener_config config = listener(42, address);
  config.unix_mode = 0640;
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, NULL, NULL));
  struct stat file;
  CHECK(stat(path, &file) == 0 && (file.st_mode & 07777) == 0640);
  stop(service);
}

static void what_a_dead_server_left_is_replaced_and_a_living_one_is_not(void) {
  const zest_listener_config config = listener(42, address);
  zest_service* service = start(address, 9, NULL, NULL);
  failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &config, path, "");
  serves(service, path, path, strlen(path));
  stop(service);
  /* A socket file without a listener. */
  struct stat file;
  zest_report* report = NULL;
  const int dead = bound_unix(path);
  close(dead);
  CHECK(stat(path, &file) == 0);
  service = start(address, 9, NULL, &report);
  CHECK_CONTAINS(row_of(report, 0).note, "removed the socket of a server that is gone");
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  serves(service, path, path, strlen(path));
  stop(service);
}

static void a_file_that_is_no_socket_is_left_alone(void) {
  FILE* file = fopen(path, "w");
  REQUIRE(file != NULL);
  fclose(file);
  const zest_listener_config config = listener(42, address);
  failed(ZEST_ADDRESS_IN_USE, EADDRINUSE, &config, path, "");
  CHECK(unlink(path) == 0);
}

static void the_longest_path_is_served_and_one_more_byte_refused(void) {
  char text[160];
  char name[110];
  memset(name, 'l', sizeof name);
  memcpy(name, folder, strlen(folder));
  name[strlen(folder)] = '/';
  name[107] = 0;
  snprintf(text, sizeof text, "unix:%s", name);
  zest_service* service = start(text, 9, NULL, NULL);
  serves(service, name, name, 107);
  stop(service);
  snprintf(text, sizeof text, "unix:%sx", name);
  const zest_listener_config config = listener(42, text);
  refused(ZEST_BAD_ADDRESS, &config, 1, NULL, "107 bytes");
}

static void an_adopted_unix_socket_is_served_and_its_file_left(void) {
  const int fd = bound_unix(path);
  zest_listener_config config = adopting(9, fd);
  config.protocol = ZEST_UNIX;
  zest_service* service = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&config, 1, NULL, &service, NULL, NULL));
  serves(service, path, path, strlen(path));
  stop(service);
  CHECK(!is_open(fd));
  CHECK(unlink(path) == 0);
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  REQUIRE(mkdtemp(folder) != NULL);
  snprintf(path, sizeof path, "%s/x.sock", folder);
  snprintf(address, sizeof address, "unix:%s", path);
  RUN(a_path_is_served_and_removed);
  RUN(an_abstract_name_is_served);
  RUN(its_file_has_the_mode_asked_for);
  RUN(what_a_dead_server_left_is_replaced_and_a_living_one_is_not);
  RUN(a_file_that_is_no_socket_is_left_alone);
  RUN(the_longest_path_is_served_and_one_more_byte_refused);
  RUN(an_adopted_unix_socket_is_served_and_its_file_left);
  CHECK(rmdir(folder) == 0);
  return check_end();
}
