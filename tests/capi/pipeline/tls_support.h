/* What the tests of zest/tls.h share: certificates made by the openssl of the machine, contexts in
 * one line, and two ends that shake hands in one thread. */
#ifndef ZEST_TESTS_CAPI_TLS_SUPPORT_H
#define ZEST_TESTS_CAPI_TLS_SUPPORT_H

#include <zest/tls.h>

/* Skips the program where there is no openssl. ca, server (localhost), other (other.test), client,
 * stranger (of no authority that anybody knows): each "<name>.pem" and "<name>.key". */
void make_certificates(void);
void remove_certificates(void);
/* The path of "<name><suffix>"; static memory, of which there are a few. */
const char* path_of(const char* name, const char* suffix);
/* A whole file, zero-terminated; yours to free. */
char* text_of(const char* path);

zest_tls_certificate certificate_of(const char* name);
/* Of localhost; of whoever trusts ca. */
zest_tls_config server_config(const zest_tls_certificate* certificate);
zest_tls_config client_config(void);
zest_tls_context* server_context(const zest_tls_config* config);
zest_tls_context* client_context(const zest_tls_config* config);
void end_context(zest_tls_context* context);

/* Two ends of a connection. */
struct tls_pair {
  int client_fd;
  int server_fd;
  zest_tls* client;
  zest_tls* server;
  zest_tls_context* client_context;
  zest_tls_context* server_context;
  zest_status client_said; /* of the handshake */
  zest_status server_said;
  zest_error client_error;
  zest_error server_error;
};
/* Contexts of these (NULL: the usual ones), and the client asks for this name. Their handshake is
 * not begun. */
struct tls_pair new_pair_of(const zest_tls_config* client, const zest_tls_config* server,
                            const char* name);
/* To the end of both; 1 if both are through. */
int shake_hands(struct tls_pair* pair);
struct tls_pair shaken(const zest_tls_config* client, const zest_tls_config* server,
                       const char* name);
void end_pair(struct tls_pair* pair);

/* One end says size bytes, and the other hears just them. */
int carries(zest_tls* from, zest_tls* to, size_t size);

zest_tls_facts facts_of(const zest_tls* tls);
int text_is(const char* text, uint32_t size, const char* expected);

#endif
