/* A host of another process at the far end of a Unix socket, friendly or not. */
#ifndef ZEST_TESTS_CAPI_PASSING_H
#define ZEST_TESTS_CAPI_PASSING_H

#include <zest/zest.h>

struct pair {
  int here;
  int there;
};
struct pair new_pair(int type);

/* Connections with metadata that tells one from another; their fds are pipes with their number in
 * them. Freed with drop(). */
zest_connection* make_connections(size_t count);
void drop(zest_connection* connections, size_t count);
/* Is this connection number i, as make_connections made it? Its fd is another, of the same file. */
void is_connection(const zest_connection* connection, size_t i);

/* The wire format, to be got wrong: a header, count records, and fds beside them. */
struct message {
  unsigned char bytes[65536];
  size_t size;
  size_t fds; /* so many copies of fd 0 */
};
void good_message(struct message* message, uint32_t count);
void put_u32(struct message* message, size_t at, uint32_t value);
void send_message(int socket, const struct message* message);

enum { header_size = 8, record_size = 296 };

#endif
