#include "tls_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "proxy_support.h"
#include "support.h"

enum { piece = 30000, rounds_max = 100000, hasty_rounds = 100 };

static char folder[64];

static int openssl(const char* arguments) {
  char command[1024];
  const int size =
      snprintf(command, sizeof command, "cd %s && openssl %s >log 2>&1", folder, arguments);
  REQUIRE(size > 0 && size < (int)sizeof command);
  return system(command) == 0;
}

static void make_one(const char* name, const char* subject, const char* signer, const char* more) {
  char arguments[512];
  snprintf(arguments, sizeof arguments,
           "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '%s' %s "
           "-keyout %s.key -out %s.pem %s",
           subject, signer, name, name, more);
  REQUIRE(openssl(arguments));
}

void make_certificates(void) {
  static const char by_ca[] = "-CA ca.pem -CAkey ca.key";
  strcpy(folder, "/tmp/zest-tls-XXXXXX");
  REQUIRE(mkdtemp(folder) != NULL);
  if (!openssl("version")) check_skip("there is no openssl to make certificates with");
  make_one("ca", "/CN=zest test authority", "", "-addext basicConstraints=critical,CA:true");
  make_one("server", "/CN=localhost", by_ca,
           "-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -addext basicConstraints=CA:false");
  make_one("other", "/CN=other.test", by_ca,
           "-addext 'subjectAltName=DNS:other.test' -addext basicConstraints=CA:false");
  make_one("client", "/CN=a client/O=zest", by_ca, "-addext basicConstraints=CA:false");
  make_one("stranger", "/CN=localhost", "", "-addext 'subjectAltName=DNS:localhost'");
}

void remove_certificates(void) {
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  CHECK(system(command) == 0);
}

const char* path_of(const char* name, const char* suffix) {
  static char paths[64][128];
  static unsigned next;
  char* path = paths[next++ % 64];
  snprintf(path, sizeof paths[0], "%s/%s%s", folder, name, suffix);
  return path;
}

char* text_of(const char* path) {
  FILE* file = fopen(path, "r");
  REQUIRE(file != NULL);
  char* text = calloc(1, 65536);
  REQUIRE(text != NULL && fread(text, 1, 65535, file) > 0);
  fclose(file);
  return text;
}

zest_tls_certificate certificate_of(const char* name) {
  zest_tls_certificate certificate = ZEST_TLS_CERTIFICATE_INIT;
  certificate.certificate_file = path_of(name, ".pem");
  certificate.key_file = path_of(name, ".key");
  return certificate;
}

zest_tls_config server_config(const zest_tls_certificate* certificate) {
  zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  config.certificates = certificate;
  config.certificate_count = 1;
  return config;
}

zest_tls_config client_config(void) {
  zest_tls_config config = ZEST_TLS_CONFIG_INIT;
  config.ca_file = path_of("ca", ".pem");
  return config;
}

static zest_tls_context* must(zest_status status, zest_tls_context* context, zest_error* error) {
  if (status != ZEST_OK) printf("%s: %s\n", zest_status_string(status), error->message);
  REQUIRE(status == ZEST_OK && context != NULL);
  return context;
}

zest_tls_context* server_context(const zest_tls_config* config) {
  zest_tls_context* context = NULL;
  zest_error error;
  const zest_status status = zest_tls_context_server(config, &context, &error);
  return must(status, context, &error);
}

zest_tls_context* client_context(const zest_tls_config* config) {
  zest_tls_context* context = NULL;
  zest_error error;
  const zest_status status = zest_tls_context_client(config, &context, &error);
  return must(status, context, &error);
}

void end_context(zest_tls_context* context) {
  CHECK_STATUS(ZEST_OK, zest_tls_context_free(&context));
  CHECK(context == NULL);
}

struct tls_pair new_pair_of(const zest_tls_config* client, const zest_tls_config* server,
                            const char* name) {
  const zest_tls_certificate certificate = certificate_of("server");
  const zest_tls_config usual_server = server_config(&certificate), usual_client = client_config();
  struct tls_pair pair = {.client_said = ZEST_WANT_READ, .server_said = ZEST_WANT_READ};
  int ends[2];
  connected_pair(ends);
  pair.client_fd = ends[0];
  pair.server_fd = ends[1];
  pair.client_context = client_context(client ? client : &usual_client);
  pair.server_context = server_context(server ? server : &usual_server);
  CHECK_STATUS(ZEST_OK,
               zest_tls_client(pair.client_context, pair.client_fd, name, &pair.client, NULL));
  CHECK_STATUS(ZEST_OK, zest_tls_server(pair.server_context, pair.server_fd, &pair.server, NULL));
  REQUIRE(pair.client && pair.server);
  return pair;
}

static int wants(zest_status status) {
  return status == ZEST_WANT_READ || status == ZEST_WANT_WRITE;
}

/* One that has failed hangs up, so that the other hears of it. */
static void step(zest_tls* tls, int fd, zest_status* said, zest_error* error) {
  if (!wants(*said)) return;
  *said = zest_tls_handshake(tls, NULL, error);
  if (!wants(*said) && *said != ZEST_OK) shutdown(fd, SHUT_WR);
}

int shake_hands(struct tls_pair* pair) {
  for (int i = 0; i < rounds_max && (wants(pair->client_said) || wants(pair->server_said)); ++i) {
    step(pair->client, pair->client_fd, &pair->client_said, &pair->client_error);
    step(pair->server, pair->server_fd, &pair->server_said, &pair->server_error);
    if (i > hasty_rounds) usleep(1000); /* what was sent is on its way */
  }
  return pair->client_said == ZEST_OK && pair->server_said == ZEST_OK;
}

struct tls_pair shaken(const zest_tls_config* client, const zest_tls_config* server,
                       const char* name) {
  struct tls_pair pair = new_pair_of(client, server, name);
  const int good = shake_hands(&pair);
  if (!good)
    printf("client: %s, server: %s\n", pair.client_error.message, pair.server_error.message);
  REQUIRE(good);
  return pair;
}

void end_pair(struct tls_pair* pair) {
  CHECK_STATUS(ZEST_OK, zest_tls_free(&pair->client));
  CHECK_STATUS(ZEST_OK, zest_tls_free(&pair->server));
  end_context(pair->client_context);
  end_context(pair->server_context);
  close(pair->client_fd);
  close(pair->server_fd);
}

static unsigned char byte_at(size_t place) { return (unsigned char)((place * 2654435761u) >> 13); }

/* As much as is taken; 0 after a failure. */
static int say(zest_tls* from, size_t* said, size_t size) {
  unsigned char bytes[piece];
  const size_t left = size - *said < piece ? size - *said : piece;
  for (size_t i = 0; i < left; ++i) bytes[i] = byte_at(*said + i);
  size_t taken = 0;
  const zest_status status =
      left ? zest_tls_write(from, bytes, left, &taken, NULL) : zest_tls_flush(from, NULL);
  *said += taken;
  return status == ZEST_OK || status == ZEST_WANT_WRITE;
}

static int hear(zest_tls* to, size_t* heard) {
  unsigned char bytes[piece];
  size_t got = 0;
  const zest_status status = zest_tls_read(to, bytes, sizeof bytes, &got, NULL);
  for (size_t i = 0; i < got; ++i)
    if (bytes[i] != byte_at(*heard + i)) return 0;
  *heard += got;
  return status == ZEST_OK || status == ZEST_WANT_READ;
}

int carries(zest_tls* from, zest_tls* to, size_t size) {
  size_t said = 0, heard = 0;
  for (int i = 0; i < rounds_max && heard < size; ++i) {
    const size_t before = said + heard;
    if (!say(from, &said, size) || !hear(to, &heard)) break;
    if (said + heard == before) usleep(1000); /* what was sent is on its way */
  }
  if (heard != size) printf("  %zu of %zu bytes\n", heard, size);
  return heard == size;
}

zest_tls_facts facts_of(const zest_tls* tls) {
  zest_tls_facts facts = ZEST_TLS_FACTS_INIT;
  CHECK_STATUS(ZEST_OK, zest_tls_facts_get(tls, &facts));
  return facts;
}

int text_is(const char* text, uint32_t size, const char* expected) {
  return size == strlen(expected) && memcmp(text, expected, size) == 0;
}
