/* Through TLS by OpenSSL, one suite and one group, so that all servers do the same work. Nobody
 * checks the certificate's chain; the signature of the handshake is checked, as always. */
#include "../http/transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../common.h"

enum { READ_AHEAD = 1 << 17 }; /* a read takes several records, not five bytes and then the rest */

static SSL_CTX *context;
static bool resumes;
static struct {
  unsigned long long handshakes, resumed;
  char what[128]; /* version, suite and group of the last handshake */
} counted;

static void word_take(const char *word) {
  if (strcmp(word, "resume") == 0) {
    resumes = true;
  } else if (strcmp(word, "1.2") == 0 || strcmp(word, "1.3") == 0) {
    int version = word[2] == '2' ? TLS1_2_VERSION : TLS1_3_VERSION;
    check(SSL_CTX_set_min_proto_version(context, version) == 1, "TLS version");
    check(SSL_CTX_set_max_proto_version(context, version) == 1, "TLS version");
  } else {
    check(SSL_CTX_set1_groups_list(context, word) == 1, "--transport: 1.2, 1.3, resume or a group");
  }
}

void transport_prepare(const char *words) {
  char copy[128], *rest = copy;
  check(strlen(words) < sizeof copy, "--transport is too long");
  strcpy(copy, words);
  signal(SIGPIPE, SIG_IGN);
  context = SSL_CTX_new(TLS_client_method());
  check(context != NULL, "SSL_CTX_new");
  check(SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1, "cipher");
  check(SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1, "cipher suite");
  check(SSL_CTX_set1_groups_list(context, "P-256") == 1, "group");
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
  for (const char *word; (word = strsep(&rest, " "));)
    if (*word) word_take(word);
}

void transport_begin(transport *t) {
  t->ssl = SSL_new(context);
  check(t->ssl != NULL && SSL_set_fd(t->ssl, t->fd) == 1, "SSL_new");
  check(SSL_set_tlsext_host_name(t->ssl, "bench.example") == 1, "SNI");
  SSL_set_connect_state(t->ssl);
  if (t->session) check(SSL_set_session(t->ssl, t->session) == 1, "SSL_set_session");
  t->shaken = false;
  t->error = 0;
}

/* A session of TLS 1.3 can be resumed once its ticket has come, which is before the answer. */
static void session_keep(transport *t) {
  SSL_SESSION *session = SSL_get1_session(t->ssl);
  if (session && !SSL_SESSION_is_resumable(session)) {
    SSL_SESSION_free(session);
    session = NULL;
  }
  if (!session) return;
  SSL_SESSION_free(t->session);
  t->session = session;
}

void transport_end(transport *t) {
  if (!t->ssl) return;
  /* OpenSSL takes the session of a connection that was not shut down for a bad one. */
  SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  if (resumes && t->shaken) session_keep(t);
  SSL_free(t->ssl);
  t->ssl = NULL;
}

static void handshake_note(transport *t) {
  if (t->shaken || !SSL_is_init_finished(t->ssl)) return;
  t->shaken = true;
  counted.resumed += SSL_session_reused(t->ssl) == 1;
  if (counted.handshakes++ > 0) return;
  const char *group = SSL_group_to_name(t->ssl, (int)SSL_get_negotiated_group(t->ssl));
  snprintf(counted.what, sizeof counted.what, "%s %s %s", SSL_get_version(t->ssl),
           SSL_get_cipher_name(t->ssl), group ? group : "-");
}

static ssize_t trouble(transport *t, int done) {
  int error = SSL_get_error(t->ssl, done);
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
    errno = EAGAIN;
  } else {
    t->error = error == SSL_ERROR_SYSCALL && errno ? errno : EPROTO;
    errno = t->error;
  }
  return -1;
}

ssize_t transport_send(transport *t, const void *bytes, size_t size) {
  size_t sent = 0;
  ERR_clear_error();
  int done = SSL_write_ex(t->ssl, bytes, size, &sent);
  handshake_note(t);
  return done == 1 ? (ssize_t)sent : trouble(t, done);
}

/* The handshake goes on by sending: asked twice for what is not there, it would read twice. */
ssize_t transport_recv(transport *t, void *into, size_t size, bool wanted) {
  (void)wanted;
  size_t got = 0;
  errno = t->error ? t->error : EAGAIN;
  if (t->error || !t->shaken) return -1;
  ERR_clear_error();
  int done = SSL_read_ex(t->ssl, into, size, &got);
  return done == 1 ? (ssize_t)got : trouble(t, done);
}

bool transport_may_have_more(size_t got, size_t room) {
  (void)room;
  return got > 0; /* a read ends with its record */
}

void transport_count(void) { counted.handshakes = counted.resumed = 0; }

void transport_print(void) {
  printf(", \"handshakes\": %llu, \"resumed\": %llu, \"tls\": \"%s\"", counted.handshakes,
         counted.resumed, counted.what);
}
