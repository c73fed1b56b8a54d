#include "tls/library.h"

#include <openssl/provider.h>

#include <string_view>

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

}  // namespace

// Another try after a failure: the initializer throws.
Result<ossl_lib_ctx_st*> library() try {
  if (host_has_chosen()) return nullptr;
  static const Library ours = [] {
    auto made = make_library();
    if (!made) throw Error(made.error());
    return std::move(*made);
  }();
  return ours.context.get();
} catch (const Error& error) {
  return fail(error);
}

}  // namespace zest::tls
