/* Plainly. */
#include "transport.h"

#include <sys/socket.h>

#include "../common.h"

void transport_prepare(const char *words) { check(*words == 0, "--transport: load_tls has some"); }
void transport_begin(transport *t) { (void)t; }
void transport_end(transport *t) { (void)t; }

ssize_t transport_send(transport *t, const void *bytes, size_t size) {
  return send(t->fd, bytes, size, MSG_NOSIGNAL);
}

/* The kernel only counts the bytes that nobody wants. */
ssize_t transport_recv(transport *t, void *into, size_t size, bool wanted) {
  return recv(t->fd, into, size, wanted ? 0 : MSG_TRUNC);
}

bool transport_may_have_more(size_t got, size_t room) { return got == room; }
void transport_count(void) {}
void transport_print(void) {}
