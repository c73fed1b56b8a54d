/* host ECHO_ADDRESS WEB_ADDRESS ORIGIN: a host of zest with an epoll loop of its own.
 *
 * What zest accepts at the first address (listener 1) is echoed here; what it accepts at the second
 * (listener 2) is handed to a proxy inside this process, which asks the origin. SIGTERM or SIGINT:
 * nothing new is accepted, what was accepted is served, and the counts are printed. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <zest/acceptor.h>
#include <zest/proxy.h>

#include "echo.h"

enum { ECHO = 1, WEB = 2, BATCH = 64, EVENTS = 256, PATIENCE_MS = 5000 };

struct host {
  zest_service* service;
  zest_proxy* proxy;
  zest_receipt receipt;
  int epoll_fd;
  int signal_fd;
  int accepted_fd; /* the service's, which stays readable once closed */
  int closed;      /* zest_next has given the last one */
  unsigned long served[3];
  unsigned long talking;
};

static int failed(const char* doing, zest_status status, const zest_error* error) {
  fprintf(stderr, "host: %s: %s: %s\n", doing, zest_status_string(status),
          error ? error->message : "");
  return 0;
}

static int listen_on(struct host* host, const char* echo, const char* web) {
  zest_listener_config configs[2] = {ZEST_LISTENER_CONFIG_INIT, ZEST_LISTENER_CONFIG_INIT};
  configs[0].listener_id = ECHO;
  configs[0].address = echo;
  configs[1].listener_id = WEB;
  configs[1].address = web;
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1; /* so that port 0 is one port, and there is one row of each */
  zest_report* report = NULL;
  zest_error error;
  const zest_status status = zest_listen(configs, 2, &settings, &host->service, &report, &error);
  if (status != ZEST_OK) return zest_report_free(&report), failed("listen", status, &error);
  char where[2][128] = {"", ""};
  for (size_t i = 0; i < 2; ++i) {
    zest_report_row row = ZEST_REPORT_ROW_INIT;
    zest_report_row_get(report, i, &row);
    if (row.status != ZEST_OK) fprintf(stderr, "host: %s: %s\n", configs[i].address, row.note);
    zest_address_format(&row.address, where[i], sizeof where[i]);
  }
  printf("{\"listening\": {\"1\": \"%s\", \"2\": \"%s\"}}\n", where[0], where[1]);
  fflush(stdout);
  return zest_report_free(&report) == ZEST_OK;
}

static int start_proxy(struct host* host, const char* origin) {
  char text[512];
  char problems[1024] = "";
  snprintf(text, sizeof text,
           "workers = 1\n[[listener]]\nid = %d\n[upstream.origin]\naddrs = [\"%s\"]\n"
           "[[route]]\nupstream = \"origin\"\n",
           WEB, origin);
  zest_proxy_config config = ZEST_PROXY_CONFIG_INIT;
  config.text = text;
  config.text_size = strlen(text);
  zest_proxy_text said = {.bytes = problems, .size = sizeof problems};
  zest_error error;
  const zest_status status = zest_proxy_start(&config, &host->proxy, &said, &error);
  if (status == ZEST_OK) return 1;
  fputs(problems, stderr);
  return failed("start the proxy", status, &error);
}

static int add(const struct host* host, int* fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = fd};
  return epoll_ctl(host->epoll_fd, EPOLL_CTL_ADD, *fd, &event) == 0;
}

static int start_loop(struct host* host) {
  host->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  return host->epoll_fd >= 0 &&
         zest_service_event_fd(host->service, &host->accepted_fd) == ZEST_OK &&
         add(host, &host->accepted_fd) && add(host, &host->signal_fd);
}

static void serve(struct host* host, const zest_connection* connection) {
  host->served[connection->listener_id] += 1;
  if (connection->listener_id == ECHO) {
    if (echo_begin(host->epoll_fd, connection->fd)) ++host->talking;
  } else {
    zest_error error;
    const zest_status status = zest_proxy_serve(host->proxy, connection->fd, WEB, &error);
    if (status != ZEST_OK) failed("serve", status, &error);
  }
}

/* The event fd tells of what comes after ZEST_TIMED_OUT: so take until that, once before the first
 * wait too. */
static void take(struct host* host) {
  zest_connection batch[BATCH];
  for (;;) {
    size_t count = 0;
    batch[0].struct_size = sizeof batch[0];
    const zest_status status = zest_next_batch(host->service, batch, BATCH, &count, 0);
    if (status == ZEST_LISTENER_FAILED)
      fprintf(stderr, "host: listener %lu: %s\n", (unsigned long)batch[0].listener_id,
              strerror(batch[0].os_errno));
    else if (status == ZEST_OK)
      for (size_t i = 0; i < count; ++i) serve(host, &batch[i]);
    else {
      host->closed = status != ZEST_TIMED_OUT;
      return;
    }
  }
}

/* It waits for what was accepted to be taken, which the loop goes on to do. */
static void* shut_down(void* argument) {
  struct host* host = argument;
  zest_shutdown(host->service, PATIENCE_MS, &host->receipt);
  return NULL;
}

/* Until all has been taken and every conversation has ended, or one says nothing for too long. */
static int run(struct host* host) {
  pthread_t stopper;
  int stopping = 0;
  for (take(host); !host->closed || host->talking > 0;) {
    struct epoll_event events[EVENTS];
    const int count = epoll_wait(host->epoll_fd, events, EVENTS, stopping ? PATIENCE_MS : -1);
    if (count == 0) break;
    for (int i = 0; i < count; ++i) {
      void* what = events[i].data.ptr;
      if (what == &host->accepted_fd) {
        take(host);
        if (host->closed) epoll_ctl(host->epoll_fd, EPOLL_CTL_DEL, host->accepted_fd, NULL);
      } else if (what == &host->signal_fd) {
        struct signalfd_siginfo which;
        if (read(host->signal_fd, &which, sizeof which) > 0 && !stopping)
          stopping = pthread_create(&stopper, NULL, shut_down, host) == 0;
      } else if (!echo_ready(host->epoll_fd, what)) {
        --host->talking;
      }
    }
  }
  return stopping && pthread_join(stopper, NULL) == 0;
}

static void tell(struct host* host) {
  zest_proxy_receipt drained = ZEST_PROXY_RECEIPT_INIT;
  zest_proxy_stats stats = ZEST_PROXY_STATS_INIT;
  zest_proxy_drain(host->proxy, PATIENCE_MS, &drained);
  zest_proxy_stats_get(host->proxy, &stats);
  printf(
      "{\"served\": {\"1\": %lu, \"2\": %lu}, \"accepted\": %lu, \"complete\": %u, "
      "\"proxied\": %lu, \"drained\": %u}\n",
      host->served[ECHO], host->served[WEB], (unsigned long)host->receipt.accepted,
      host->receipt.complete, (unsigned long)stats.answers[2], drained.complete);
}

int main(int count, char** arguments) {
  if (count != 4) return fputs("host ECHO_ADDRESS WEB_ADDRESS ORIGIN\n", stderr), 2;
  struct host host = {.receipt = ZEST_RECEIPT_INIT, .epoll_fd = -1};
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before there are threads, which inherit it */
  host.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  const int good = start_proxy(&host, arguments[3]) &&
                   listen_on(&host, arguments[1], arguments[2]) && start_loop(&host) && run(&host);
  if (good) tell(&host);
  zest_service_free(&host.service);
  zest_proxy_free(&host.proxy);
  close(host.epoll_fd);
  close(host.signal_fd);
  return !good;
}
