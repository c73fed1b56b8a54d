#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

zest_service* start(const char* address, uint64_t listener_id, const zest_settings* settings,
                    zest_report** report) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.listener_id = listener_id;
  config.address = address;
  zest_service* service = NULL;
  zest_error error;
  const zest_status status = zest_listen(&config, 1, settings, &service, report, &error);
  if (status != ZEST_OK) printf("%s: %s\n", zest_status_string(status), error.message);
  REQUIRE(status == ZEST_OK);
  return service;
}

zest_service* start_one(uint32_t settings_flags, uint16_t* port) {
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.flags = settings_flags;
  settings.threads_per_address = 1;
  zest_report* report = NULL;
  zest_service* service = start("127.0.0.1:0", 7, &settings, &report);
  if (port) *port = row_of(report, 0).address.port;
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  return service;
}

void stop(zest_service* service) {
  CHECK_STATUS(ZEST_OK, zest_service_free(&service));
  CHECK(service == NULL);
}

zest_report_row row_of(const zest_report* report, size_t index) {
  zest_report_row row = ZEST_REPORT_ROW_INIT;
  CHECK_STATUS(ZEST_OK, zest_report_row_get(report, index, &row));
  return row;
}

static struct sockaddr_in loopback(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_client(void) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  return fd;
}

void connect_client(int fd, uint16_t port) {
  const struct sockaddr_in address = loopback(port);
  REQUIRE(connect(fd, (const struct sockaddr*)&address, sizeof address) == 0);
}

int connect_to(uint16_t port) {
  const int fd = new_client();
  connect_client(fd, port);
  return fd;
}

int connect_unix(const char* name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t size = strlen(name);
  REQUIRE(size < sizeof address.sun_path);
  memcpy(address.sun_path, name, size);
  if (name[0] == '@') address.sun_path[0] = 0;
  const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  REQUIRE(connect(fd, (const struct sockaddr*)&address, length) == 0);
  return fd;
}

int bound_unix(const char* path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0 && bind(fd, (const struct sockaddr*)&address, sizeof address) == 0);
  return fd;
}

int foreign_socket(int type, int reuseport, int listens, uint16_t* port) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  REQUIRE(fd >= 0);
  REQUIRE(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &reuseport, sizeof reuseport) == 0);
  REQUIRE(bind(fd, (const struct sockaddr*)&address, size) == 0);
  if (listens) REQUIRE(listen(fd, 16) == 0);
  REQUIRE(getsockname(fd, (struct sockaddr*)&address, &size) == 0);
  *port = ntohs(address.sin_port);
  return fd;
}

int readable(int fd, int timeout_ms) {
  struct pollfd waiting = {.fd = fd, .events = POLLIN};
  return poll(&waiting, 1, timeout_ms) == 1 && (waiting.revents & POLLIN) != 0;
}

int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum { fds_max = sizeof(((struct hoard*)0)->fds) / sizeof(int) };

void limit_fds(void) {
  struct rlimit limit;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur > fds_max) limit.rlim_cur = fds_max;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

void hoard_fds(struct hoard* hoard, int all_but) {
  hoard->count = 0;
  for (int fd; (fd = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0;) hoard->fds[hoard->count++] = fd;
  REQUIRE(hoard->count >= all_but);
  while (all_but-- > 0) close(hoard->fds[--hoard->count]);
}

void give_fds_back(struct hoard* hoard) {
  while (hoard->count > 0) close(hoard->fds[--hoard->count]);
}

static size_t entries(const char* path) {
  DIR* folder = opendir(path);
  REQUIRE(folder != NULL);
  size_t count = 0;
  while (readdir(folder)) ++count;
  closedir(folder);
  return count;
}

size_t open_fds(void) { return entries("/proc/self/fd"); }
size_t open_threads(void) { return entries("/proc/self/task"); }

int wait_for_child(int child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int child_of(int (*body)(void*), void* context, int unprivileged) {
  fflush(NULL);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child > 0) return wait_for_child(child);
  alarm(60);
  const int before = check_failures();
  enum { nobody = 65534 };
  if (unprivileged && geteuid() == 0 && setresuid(nobody, nobody, nobody) != 0) _exit(255);
  const int code = body(context);
  fflush(NULL);
  _exit(code ? code : check_failures() - before);
}

int in_child(int (*body)(void*), void* context) { return child_of(body, context, 0); }

int in_child_unprivileged(int (*body)(void*), void* context) {
  const int code = child_of(body, context, 1);
  return code == 255 ? -1 : code;
}

struct call {
  zest_status (*body)(void*);
  void* context;
  zest_status status;
};

static void* run_call(void* argument) {
  struct call* call = argument;
  call->status = call->body(call->context);
  return NULL;
}

zest_status in_thread(zest_status (*body)(void*), void* context) {
  struct call call = {.body = body, .context = context};
  pthread_t thread;
  REQUIRE(pthread_create(&thread, NULL, run_call, &call) == 0);
  REQUIRE(pthread_join(thread, NULL) == 0);
  return call.status;
}
