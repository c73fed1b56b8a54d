#include "slot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "common.h"

slot slot_open(uint32_t index) {
  const int on = 1;
  const struct linger reset = {.l_onoff = 1, .l_linger = 0};
  slot s = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  check(s.fd >= 0, "socket");
  check(setsockopt(s.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0, "no port");
  check(setsockopt(s.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0, "SO_LINGER");
  uint32_t ip = (127u << 24) | ((1 + index / 250) << 8) | (1 + index % 250);
  struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr = {htonl(ip)}};
  check(bind(s.fd, (const struct sockaddr *)&source, sizeof source) == 0, "bind source");
  return s;
}

void slot_connect(slot *s, uint16_t port, int64_t started_ns) {
  struct sockaddr_in server = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  s->busy = true;
  s->started_ns = started_ns;
  /* Loopback answers before connect returns; a failure is seen by slot_look as a socket error. */
  if (connect(s->fd, (const struct sockaddr *)&server, sizeof server) != 0)
    check(errno == EINPROGRESS, "connect");
}

slot_outcome slot_look(const slot *s, bool byte) {
  char data[8];
  ssize_t got = recv(s->fd, data, sizeof data, MSG_DONTWAIT);
  if (got > 0) return byte ? SLOT_SERVED : SLOT_OTHER;
  if (got == 0) return byte ? SLOT_CLOSED : SLOT_SERVED;
  switch (errno) {
    case EAGAIN: return SLOT_WAITING;
    case ECONNREFUSED: return SLOT_REFUSED;
    case ECONNRESET:
    case EPIPE: return SLOT_RESET;
    default: return SLOT_OTHER;
  }
}

slot_outcome slot_timeout(const slot *s) {
  struct tcp_info info = {0};
  socklen_t size = sizeof info;
  check(getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "TCP_INFO");
  return info.tcpi_state == TCP_SYN_SENT ? SLOT_TIMEOUT_CONNECTING : SLOT_TIMEOUT_ESTABLISHED;
}

void slot_reset(slot *s) {
  const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  s->busy = false;
  check(connect(s->fd, &nowhere, sizeof nowhere) == 0, "connect AF_UNSPEC");
}
