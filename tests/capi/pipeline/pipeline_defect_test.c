/* The same of libzest-proxy: an exception inside that is none of memory is ZEST_INTERNAL. */
#include <string.h>

#include "defect.h"
#include "proxy_support.h"
#include "support.h"
#include "upstream_support.h"

static zest_upstream* upstream;
static zest_error error;

static void check_error(zest_status status) {
  if (status != ZEST_INTERNAL) return;
  CHECK(error.code == ZEST_INTERNAL);
  CHECK_CONTAINS(error.message, "unexpected exception");
}

static zest_status create_upstream(void) {
  static const char text[] = "addrs = [\"127.0.0.1:9\", \"[::1]:9\"]\n";
  zest_upstream_config config = ZEST_UPSTREAM_CONFIG_INIT;
  config.text = text;
  config.text_size = sizeof text - 1;
  zest_upstream* created = NULL;
  const zest_status status = zest_upstream_new(&config, &created, &error);
  check_error(status);
  CHECK((status == ZEST_OK) == (created != NULL));
  CHECK_STATUS(ZEST_OK, zest_upstream_free(&created));
  return status;
}

static zest_status take_link(void) {
  zest_link_state state = ZEST_LINK_STATE_INIT;
  zest_link* link = NULL;
  zest_status status = zest_upstream_take(upstream, NULL, &link, &state, &error);
  check_error(status);
  CHECK((status == ZEST_INTERNAL) == (link == NULL));
  status = settle_link(link, status, &state, &error);
  CHECK_STATUS(ZEST_OK, zest_link_give_back(&link, 0, NULL));
  return status;
}

static zest_status check_config(void) {
  char text[config_max];
  write_config(text, 9, "");
  const zest_proxy_config config = config_of(text);
  const zest_status status = zest_proxy_check(&config, NULL, &error);
  check_error(status);
  return status;
}

static void an_upstream_survives_its_defects(void) { CHECK_DEFECTS(create_upstream); }

static void a_request_survives_its_defects(void) {
  struct origin origin;
  start_origin(&origin);
  upstream = start_upstream(origin.port);
  CHECK_DEFECTS(take_link);
  CHECK(peer_at(upstream, 0).active == 0);
  stop_upstream(upstream);
  stop_origin(&origin);
}

static void a_check_survives_its_defects(void) { CHECK_DEFECTS(check_config); }

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(an_upstream_survives_its_defects);
  RUN(a_request_survives_its_defects);
  RUN(a_check_survives_its_defects);
  return check_end();
}
