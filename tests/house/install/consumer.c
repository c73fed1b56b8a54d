/* What a C program does with an installed zest: listen, stop, free. */
#include <stdio.h>
#include <zest/zest.h>

int main(void) {
  zest_listener_config config = ZEST_LISTENER_CONFIG_INIT;
  zest_settings settings = ZEST_SETTINGS_INIT;
  zest_service* service = NULL;
  zest_error error;
  config.address = "127.0.0.1:0";
  settings.threads_per_address = 1;
  if (zest_version() != ZEST_VERSION_NUMBER) {
    fprintf(stderr, "header %x, library %x\n", ZEST_VERSION_NUMBER, zest_version());
    return 1;
  }
  if (zest_listen(&config, 1, &settings, &service, NULL, &error) != ZEST_OK) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  if (zest_shutdown(service, 1000, NULL) != ZEST_OK) return 1;
  return zest_service_free(&service) == ZEST_OK && service == NULL ? 0 : 1;
}
