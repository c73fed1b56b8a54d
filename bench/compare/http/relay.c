#include "relay.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../common.h"

relay_options relay_options_read(int argc, char **argv) {
  static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                        {"origin", required_argument, NULL, 'o'},
                                        {"once", no_argument, NULL, '1'},
                                        {NULL, 0, NULL, 0}};
  relay_options options = {.port = 9000, .origin = 9001};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'p': options.port = (uint16_t)atoi(optarg); break;
      case 'o': options.origin = (uint16_t)atoi(optarg); break;
      case '1': options.once = true; break;
      default: exit(2);
    }
  }
  return options;
}

int relay_listen(const relay_options *options, bool nonblocking) {
  const server_options as_server = {.port = options->port, .threads = 1};
  int fd = listener_open(&as_server, nonblocking);
  dprintf(STDOUT_FILENO, "{\"ready\": true}\n");
  return fd;
}

int relay_connect(const relay_options *options, bool nonblocking) {
  const int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in origin = {.sin_family = AF_INET,
                               .sin_port = htons(options->origin),
                               .sin_addr = {htonl(INADDR_LOOPBACK)}};
  check(fd >= 0, "socket");
  check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  check(connect(fd, (const struct sockaddr *)&origin, sizeof origin) == 0, "connect");
  if (nonblocking) check(fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "O_NONBLOCK");
  return fd;
}
