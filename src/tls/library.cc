#include "tls/library.h"

#include <openssl/provider.h>

#include <atomic>
#include <mutex>
#include <new>
#include <string_view>
#include <utility>

#include "tls/openssl.h"
#include "tls/provider.h"

namespace zest::tls {
namespace {

// legacy and base have nothing that a handshake asks for.
int look_for_other(OSSL_PROVIDER* provider, void* found) {
  const std::string_view name = OSSL_PROVIDER_get0_name(provider);
  if (name != "default" && name != "legacy" && name != "base") *static_cast<bool*>(found) = true;
  return 1;
}

bool host_has_chosen() {
  bool other = false;
  OSSL_PROVIDER_do_all(nullptr, look_for_other, &other);
  return other || OSSL_PROVIDER_available(nullptr, "default") != 1 ||
         EVP_default_properties_is_fips_enabled(nullptr) == 1;
}

struct Library {
  Owned<ossl_lib_ctx_st> context{OSSL_LIB_CTX_new()};
  Owned<ossl_provider_st> provider;
};

Result<Library> make_library() {
  Library made;
  if (!made.context) return fail(Status::out_of_memory, "no memory for TLS");
  auto provider = load_provider(made.context.get());
  if (!provider) return fail(provider.error());
  made.provider = std::move(*provider);
  return made;
}

// No destructor of it runs by itself: at exit threads may still shake hands.
struct State {
  std::mutex mutex;
  Library* ours = nullptr;
  std::atomic<size_t> uses = 0;
};

State& the_state() {
  static constinit State state;
  return state;
}

}  // namespace

Result<ossl_lib_ctx_st*> library() {
  if (host_has_chosen()) return nullptr;
  State& state = the_state();
  const std::lock_guard lock(state.mutex);
  if (state.ours) return state.ours->context.get();
  auto made = make_library();
  if (!made) return fail(made.error());
  state.ours = new (std::nothrow) Library(std::move(*made));
  if (!state.ours) return fail(Status::out_of_memory, "no memory for TLS");
  return state.ours->context.get();
}

void keep_library_at_exit() { OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr); }

void free_idle_library() {
  State& state = the_state();
  if (state.uses > 0) return;
  delete std::exchange(state.ours, nullptr);
  free_tables();
  OPENSSL_cleanup();
}

LibraryUse::LibraryUse() { ++the_state().uses; }
LibraryUse::~LibraryUse() { --the_state().uses; }

}  // namespace zest::tls
