/* zest_listen with structs of every size: of an older zest, of a later one, and never set at all.
 */
#include <string.h>

#include "check.h"
#include "listen_checks.h"
#include "support.h"

/* A struct in the middle of zeroed or spoilt bytes, larger than any version of it. */
union large {
  zest_listener_config config;
  zest_settings settings;
  char bytes[8192];
};

static int known_size(size_t size, size_t known) {
  return size >= known && size <= 4096 && size % 8 == 0;
}

static void struct_sizes_of_a_listener(void) {
  static union large large;
  for (size_t size = 0; size <= 5000; size += size < 100 ? 1 : 61) {
    memset(&large, 0, sizeof large);
    large.config = listener(42, "x");
    large.config.struct_size = (uint32_t)size;
    const int good = known_size(size, sizeof large.config);
    refused(good ? ZEST_BAD_ADDRESS : ZEST_UNSUPPORTED, &large.config, 1, NULL,
            good ? "listener 42: " : "zest_listener_config.struct_size is ");
  }
  large.config.struct_size = UINT32_MAX;
  refused(ZEST_UNSUPPORTED, &large.config, 1, NULL, "4294967295");
  large.config.struct_size = sizeof large.config + 8;
  large.bytes[sizeof large.config + 7] = 1;
  refused(ZEST_UNSUPPORTED, &large.config, 1, NULL, "a field set that this libzest does not know");
}

static void struct_sizes_of_the_settings(void) {
  static union large large;
  const zest_listener_config config = listener(42, "x");
  for (size_t size = 0; size <= 5000; size += size < 100 ? 1 : 61) {
    memset(&large, 0, sizeof large);
    large.settings.struct_size = (uint32_t)size;
    const int good = known_size(size, sizeof large.settings);
    refused(good ? ZEST_BAD_ADDRESS : ZEST_UNSUPPORTED, &config, 1, &large.settings,
            good ? "listener 42: " : "zest_settings.struct_size is ");
  }
  large.settings.struct_size = sizeof large.settings + 8;
  large.bytes[sizeof large.settings] = 1;
  refused(ZEST_UNSUPPORTED, &config, 1, &large.settings, "a field set that this libzest does not");
}

/* The same array as a host compiled against a later zest would pass it. */
struct later {
  zest_listener_config known;
  uint64_t unknown[3];
};

static void a_larger_stride_is_followed(void) {
  struct later configs[2];
  memset(configs, 0, sizeof configs);
  for (int i = 0; i < 2; ++i) {
    configs[i].known = listener(10 + (uint64_t)i, "127.0.0.1:0");
    configs[i].known.struct_size = sizeof configs[i];
  }
  zest_settings settings = ZEST_SETTINGS_INIT;
  settings.threads_per_address = 1;
  zest_service* service = NULL;
  zest_report* report = NULL;
  CHECK_STATUS(ZEST_OK, zest_listen(&configs[0].known, 2, &settings, &service, &report, NULL));
  CHECK(row_of(report, 0).listener_id == 10 && row_of(report, 1).listener_id == 11);
  CHECK_STATUS(ZEST_OK, zest_report_free(&report));
  stop(service);
  configs[1].unknown[2] = 1;
  refused(ZEST_UNSUPPORTED, &configs[0].known, 2, NULL, "listener at index 1: ");
  configs[1].unknown[2] = 0;
  configs[1].known.struct_size = sizeof configs[1].known;
  refused(ZEST_UNSUPPORTED, &configs[0].known, 2, NULL, "index 1 has another struct_size");
}

int main(int argc, char** argv) {
  (void)argc;
  check_begin(argv[0]);
  RUN(struct_sizes_of_a_listener);
  RUN(struct_sizes_of_the_settings);
  RUN(a_larger_stride_is_followed);
  return check_end();
}
