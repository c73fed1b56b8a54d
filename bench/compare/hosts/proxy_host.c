/* proxy_host: a host that accepts by zest and hands each connection to a proxy inside this process,
 * with the configuration that zproxy has beside it. --port N --origin N; ready once it answers. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zest/acceptor.h>
#include <zest/proxy.h>

enum { LISTENER = 1, BATCH = 64 };

static struct {
  int port, origin, pool;
} want = {.port = 9000, .origin = 9001, .pool = 1024};

static void need(zest_status status, const zest_error *error, const char *doing) {
  if (status == ZEST_OK) return;
  fprintf(stderr, "%s: %s: %s\n", doing, zest_status_string(status), error->message);
  exit(1);
}

static void options_read(int argc, char **argv) {
  static const struct option known[] = {{"port", required_argument, NULL, 'p'},
                                        {"origin", required_argument, NULL, 'o'},
                                        {"pool", required_argument, NULL, 'l'},
                                        {NULL, 0, NULL, 0}};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
      case 'p': want.port = atoi(optarg); break;
      case 'o': want.origin = atoi(optarg); break;
      case 'l': want.pool = atoi(optarg); break;
      default: exit(2);
    }
  }
}

static zest_proxy *proxy_start(void) {
  char text[512];
  snprintf(text, sizeof text,
           "workers = 1\n[[listener]]\nid = %d\n[upstream.origin]\naddrs = [\"127.0.0.1:%d\"]\n"
           "pool_size = %d\n[[route]]\npath = \"/\"\nupstream = \"origin\"\n",
           LISTENER, want.origin, want.pool);
  zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  zest_proxy *proxy = NULL;
  zest_error error = {0};
  need(zest_proxy_start(&config, &proxy, NULL, &error), &error, "zest_proxy_start");
  return proxy;
}

static zest_service *listen_start(void) {
  char address[32];
  snprintf(address, sizeof address, "127.0.0.1:%d", want.port);
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  config.listener_id = LISTENER;
  config.address = address;
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  zest_service *service = NULL;
  zest_error error = {0};
  need(zest_listen(&config, 1, &settings, &service, NULL, &error), &error, "zest_listen");
  return service;
}

int main(int argc, char **argv) {
  options_read(argc, argv);
  zest_proxy *proxy = proxy_start();
  zest_service *service = listen_start();
  zest_connection batch[BATCH];
  batch[0].struct_size = sizeof batch[0];
  for (;;) {
    size_t count = 0;
    zest_error error = {0};
    need(zest_next_batch(service, batch, BATCH, &count, -1), &error, "zest_next_batch");
    for (size_t i = 0; i < count; i++)
      need(zest_proxy_serve(proxy, batch[i].fd, LISTENER, &error), &error, "zest_proxy_serve");
  }
}
