/* ZEST_TLS_KERNEL: records that the kernel seals and opens, so that the fd is any other's. Skipped
 * where it has no TLS; ./dev vm runs it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "support.h"
#include "tls_support.h"
#include "tunnel_support.h"

enum { much = 300000, file_size = 300000, patience_ms = 20000 };

static int kernel_has_tls(void) {
  const zest_tls_certificate certificate = certificate_of("server");
  zest_tls_config server = server_config(&certificate);
  server.kernel = ZEST_TLS_KERNEL_REQUIRE;
  zest_tls_context* context = NULL;
  const int can = zest_tls_context_server(&server, &context, NULL) == ZEST_OK;
  if (can) end_context(context);
  return can;
}

/* The server's records are the kernel's; the client's, too, if its configuration wants that. */
static struct tls_pair in_kernel(zest_tls_config client) {
  const zest_tls_certificate certificate = certificate_of("server");
  zest_tls_config server = server_config(&certificate);
  server.kernel = ZEST_TLS_KERNEL_REQUIRE;
  struct tls_pair pair = shaken(&client, &server, "localhost");
  uint32_t mode = 77;
  CHECK_STATUS(ZEST_OK, zest_tls_handshake(pair.server, &mode, NULL));
  CHECK(mode == ZEST_TLS_KERNEL && facts_of(pair.server).mode == ZEST_TLS_KERNEL);
  return pair;
}

/* What one end says through zest arrives on the other's fd: as many bytes of it as are asked for.
 */
static void say(zest_tls* from, const void* bytes, size_t size) {
  size_t taken = 0;
  CHECK_STATUS(ZEST_OK, zest_tls_write(from, bytes, size, &taken, NULL));
  CHECK(taken == size);
}

static int fd_hears(int fd, const char* text) {
  char bytes[100];
  return readable(fd, patience_ms) && recv(fd, bytes, sizeof bytes, 0) == (ssize_t)strlen(text) &&
         memcmp(bytes, text, strlen(text)) == 0;
}

/* Up to size bytes, until there are so many or it ends otherwise. */
static zest_status hear(zest_tls* to, int fd, unsigned char* bytes, size_t size, size_t* heard) {
  zest_status status = ZEST_OK;
  while (*heard < size && (status == ZEST_OK || status == ZEST_WANT_READ)) {
    size_t got = 0;
    status = zest_tls_read(to, bytes + *heard, size - *heard, &got, NULL);
    if (status == ZEST_OK) *heard += got;
    if (status == ZEST_WANT_READ && !readable(fd, patience_ms)) return ZEST_TIMED_OUT;
  }
  return status;
}

static zest_status end_of(zest_tls* tls, int fd) {
  unsigned char byte;
  size_t heard = 0;
  return hear(tls, fd, &byte, 1, &heard);
}

static void one_or_both_ends_may_be_the_kernels(void) {
  static const uint32_t versions[] = {ZEST_TLS_1_2, ZEST_TLS_1_3};
  for (size_t i = 0; i < 4; ++i) {
    zest_tls_config client = client_config();
    client.version_min = client.version_max = versions[i / 2];
    client.kernel = i % 2 ? ZEST_TLS_KERNEL_REQUIRE : ZEST_TLS_KERNEL_OFF;
    struct tls_pair pair = in_kernel(client);
    CHECK(facts_of(pair.client).mode == (i % 2 ? ZEST_TLS_KERNEL : ZEST_TLS_USER));
    CHECK(facts_of(pair.server).version == versions[i / 2]);
    CHECK(carries(pair.client, pair.server, much));
    CHECK(carries(pair.server, pair.client, much));
    CHECK(carries(pair.client, pair.server, 1));
    end_pair(&pair);
  }
}

static void its_fd_is_read_and_written_as_any_other(void) {
  struct tls_pair pair = in_kernel(client_config());
  unsigned char bytes[6];
  size_t heard = 0;
  CHECK(send(pair.server_fd, "answer", 6, MSG_NOSIGNAL) == 6);
  CHECK_STATUS(ZEST_OK, hear(pair.client, pair.client_fd, bytes, 6, &heard));
  CHECK(heard == 6 && memcmp(bytes, "answer", 6) == 0);
  say(pair.client, "question", 8);
  CHECK(fd_hears(pair.server_fd, "question"));
  say(pair.client, "x", 1); /* now the one, now the other */
  CHECK_STATUS(ZEST_OK, hear(pair.server, pair.server_fd, bytes, 1, &(size_t){0}));
  end_pair(&pair);
}

static int new_file(const unsigned char* bytes) {
  const int file = memfd_create("file", MFD_CLOEXEC);
  REQUIRE(file >= 0 && write(file, bytes, file_size) == file_size);
  return file;
}

static void a_file_is_sent_by_the_kernel_alone(void) {
  static unsigned char bytes[file_size], heard[file_size];
  for (size_t i = 0; i < file_size; ++i) bytes[i] = (unsigned char)(i * 2654435761u >> 11);
  struct tls_pair pair = in_kernel(client_config());
  REQUIRE(fcntl(pair.server_fd, F_SETFL, O_NONBLOCK) == 0);
  const int file = new_file(bytes);
  off_t at = 0;
  size_t size = 0;
  while (size < file_size) {
    const ssize_t sent = sendfile(pair.server_fd, file, &at, file_size - (size_t)at);
    if (sent < 0) REQUIRE(errno == EAGAIN);
    size_t got = 0;
    if (zest_tls_read(pair.client, heard + size, file_size - size, &got, NULL) == ZEST_OK)
      size += got;
    else if (sent <= 0)
      REQUIRE(readable(pair.client_fd, patience_ms));
  }
  CHECK(memcmp(bytes, heard, file_size) == 0);
  close(file);
  end_pair(&pair);
}

static void what_arrives_is_spliced(void) {
  struct tls_pair pair = in_kernel(client_config());
  int ends[2];
  char bytes[6];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  say(pair.client, "a pipe", 6);
  CHECK(readable(pair.server_fd, patience_ms));
  CHECK(splice(pair.server_fd, NULL, ends[1], NULL, 4096, 0) == 6);
  CHECK(read(ends[0], bytes, 6) == 6 && memcmp(bytes, "a pipe", 6) == 0);
  CHECK(write(ends[1], "back", 4) == 4);
  CHECK(splice(ends[0], NULL, pair.server_fd, NULL, 4, 0) == 4);
  size_t heard = 0;
  CHECK_STATUS(ZEST_OK, hear(pair.client, pair.client_fd, (unsigned char*)bytes, 4, &heard));
  CHECK(memcmp(bytes, "back", 4) == 0);
  close(ends[0]);
  close(ends[1]);
  end_pair(&pair);
}

/* By recv of one's own, and by zest_tls_read. */
static void an_end_is_a_record_that_is_no_data(void) {
  for (int own = 0; own < 2; ++own) {
    struct tls_pair pair = in_kernel(client_config());
    char byte;
    say(pair.client, "last", 4);
    CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.client, NULL));
    CHECK(fd_hears(pair.server_fd, "last"));
    if (own) {
      CHECK(readable(pair.server_fd, patience_ms));
      CHECK(recv(pair.server_fd, &byte, 1, 0) == -1 && errno == EIO);
      CHECK_STATUS(ZEST_CLOSED, zest_tls_hear(pair.server, NULL));
    }
    CHECK_STATUS(ZEST_CLOSED, end_of(pair.server, pair.server_fd));
    CHECK(carries(pair.server, pair.client, 1000)); /* the other way goes on */
    CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.server, NULL));
    CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.server, NULL));
    CHECK_STATUS(ZEST_CLOSED, zest_tls_write(pair.server, "x", 1, &(size_t){0}, NULL));
    CHECK_STATUS(ZEST_CLOSED, end_of(pair.client, pair.client_fd));
    end_pair(&pair);
  }
}

static void an_end_without_that_record_is_a_truncation(void) {
  struct tls_pair pair = in_kernel(client_config());
  shutdown(pair.client_fd, SHUT_WR);
  CHECK_STATUS(ZEST_TLS_TRUNCATED, end_of(pair.server, pair.server_fd));
  end_pair(&pair);
}

/* As in user space: it fails, and the peer is told. */
static void a_record_that_was_changed_is_refused(void) {
  struct tls_pair pair = in_kernel(client_config());
  static const char forged[] = "\x17\x03\x03\x00\x20 this was never encrypted at all!";
  CHECK(send(pair.client_fd, forged, sizeof forged - 1, MSG_NOSIGNAL) == sizeof forged - 1);
  CHECK_STATUS(ZEST_TLS_FAILED, end_of(pair.server, pair.server_fd));
  CHECK_STATUS(ZEST_TLS_FAILED, end_of(pair.server, pair.server_fd));
  CHECK_STATUS(ZEST_TLS_FAILED, end_of(pair.client, pair.client_fd)); /* by an alert */
  end_pair(&pair);
}

/* To a tunnel its fd is plain, by whichever engine; but its end is none that a tunnel knows. */
static void joined_by(zest_tunnel_service* service, uint32_t engine) {
  struct tls_pair pair = in_kernel(client_config());
  struct tls_pair other = in_kernel(client_config());
  zest_tunnel_options options = ZEST_TUNNEL_OPTIONS_INIT;
  options.engine = engine;
  CHECK_STATUS(ZEST_OK, zest_tunnel_join(service, dup(pair.server_fd), dup(other.server_fd),
                                         &options, NULL, NULL));
  for (int i = 0; i < 3; ++i) {
    CHECK(carries(pair.client, other.client, much));
    CHECK(carries(other.client, pair.client, much));
    CHECK(carries(pair.client, other.client, 100));
  }
  CHECK_STATUS(ZEST_OK, zest_tls_shutdown(pair.client, NULL));
  const zest_tunnel_end end = take_end(service);
  CHECK(end.end == ZEST_TUNNEL_A_BROKEN);
  CHECK(end.bytes_a_to_b == 3 * (much + 100) && end.bytes_b_to_a == 3 * much);
  end_pair(&pair);
  end_pair(&other);
}

static void tunnels_carry_it_until_it_ends(void) {
  static const uint32_t backends[] = {ZEST_TUNNEL_BACKEND_AUTO, ZEST_TUNNEL_BACKEND_EPOLL};
  for (size_t i = 0; i < 2; ++i) {
    zest_tunnel_settings settings = small_settings();
    settings.backend = backends[i];
    settings.flags = ZEST_TUNNEL_LOAD_SOCKMAP;
    zest_tunnel_service* service = start_tunnels(&settings);
    for (uint32_t engine = ZEST_TUNNEL_AUTO; engine <= ZEST_TUNNEL_SOCKMAP; ++engine)
      joined_by(service, engine);
    stop_tunnels(service);
  }
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  make_certificates();
  const int can = kernel_has_tls();
  if (!can) remove_certificates();
  if (!can) check_skip("the kernel has no TLS (module tls)");
  RUN(one_or_both_ends_may_be_the_kernels);
  RUN(its_fd_is_read_and_written_as_any_other);
  RUN(a_file_is_sent_by_the_kernel_alone);
  RUN(what_arrives_is_spliced);
  RUN(an_end_is_a_record_that_is_no_data);
  RUN(an_end_without_that_record_is_a_truncation);
  RUN(a_record_that_was_changed_is_refused);
  RUN(tunnels_carry_it_until_it_ends);
  remove_certificates();
  return check_end();
}
