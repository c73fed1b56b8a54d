#include "tls/provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>
#include <utility>

#include "tls/key_schedule.h"
#include "tls/openssl.h"

namespace zest::tls {

struct Tables {
  static constexpr size_t entries_max = 64;
  using Algorithms = std::array<OSSL_ALGORITHM, entries_max>;

  Owned<ossl_lib_ctx_st> library{OSSL_LIB_CTX_new()};
  Owned<ossl_provider_st> base;
  Algorithms kdfs{};
  Algorithms keys{};
  std::array<OSSL_DISPATCH, entries_max> ec{};
  OSSL_FUNC_keymgmt_validate_fn* check = nullptr;
  OSSL_FUNC_keymgmt_get_params_fn* describe = nullptr;
};

void FreeTables::operator()(Tables* tables) const { delete tables; }

namespace {

// OpenSSL gives the provider's functions the default one's context, as its algorithms need it, and
// so nothing of ours. Written by load_provider() and free_tables() alone.
Tables*& place_of_tables() {
  static constinit Tables* all = nullptr;
  return all;
}

const Tables& tables() { return *place_of_tables(); }

bool has_cofactor_1(const void* key) {
  std::array<char, 32> group{};
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_end()};
  const bool told = tables().describe(const_cast<void*>(key), params) == 1;
  const std::string_view name = group.data();
  return told && (name == "prime256v1" || name == "secp384r1" || name == "secp521r1");
}

int check_share(const void* key, int what, int how) {
  if (what == OSSL_KEYMGMT_SELECT_PUBLIC_KEY && has_cofactor_1(key))
    how = OSSL_KEYMGMT_VALIDATE_QUICK_CHECK;
  return tables().check(key, what, how);
}

// Names are "EC:id-ecPublicKey:1.2.840.10045.2.1".
bool is_named(const OSSL_ALGORITHM& algorithm, std::string_view name) {
  const std::string_view names = algorithm.algorithm_names;
  return names.substr(0, names.find(':')) == name;
}

// The one of that name in the copy. Null: there is none, or the copy has no room.
OSSL_ALGORITHM* copy(OSSL_PROVIDER* base, int operation, std::string_view name,
                     Tables::Algorithms& into) {
  int no_cache = 0;
  const OSSL_ALGORITHM* from = OSSL_PROVIDER_query_operation(base, operation, &no_cache);
  OSSL_ALGORITHM* found = nullptr;
  for (size_t i = 0; from && from[i].algorithm_names; ++i) {
    if (i + 1 == into.size()) return nullptr;
    into[i] = from[i];
    if (is_named(from[i], name)) found = &into[i];
  }
  return found;
}

bool change_check(OSSL_ALGORITHM& ec, Tables& all) {
  const OSSL_DISPATCH* from = ec.implementation;
  for (size_t i = 0; from[i].function_id != 0; ++i) {
    if (i + 1 == all.ec.size()) return false;
    all.ec[i] = from[i];
    if (from[i].function_id == OSSL_FUNC_KEYMGMT_GET_PARAMS)
      all.describe = OSSL_FUNC_keymgmt_get_params(&from[i]);
    if (from[i].function_id != OSSL_FUNC_KEYMGMT_VALIDATE) continue;
    all.check = OSSL_FUNC_keymgmt_validate(&from[i]);
    all.ec[i].function = reinterpret_cast<void (*)()>(check_share);
  }
  ec.implementation = all.ec.data();
  return all.check && all.describe;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  const Tables& all = tables();
  if (operation == OSSL_OP_KDF) return all.kdfs.data();
  if (operation == OSSL_OP_KEYMGMT) return all.keys.data();
  return OSSL_PROVIDER_query_operation(all.base.get(), operation, no_cache);
}

int capabilities(void*, const char* kind, OSSL_CALLBACK* callback, void* argument) {
  return OSSL_PROVIDER_get_capabilities(tables().base.get(), kind, callback, argument);
}

template <typename F>
OSSL_DISPATCH entry(int id, F function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                   entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, capabilities),
                                   {0, nullptr}};

int enter(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** ours,
          void** context) {
  *ours = functions;
  *context = OSSL_PROVIDER_get0_provider_ctx(tables().base.get());
  return 1;
}

}  // namespace

Result<std::unique_ptr<Tables, FreeTables>> read_tables(const char* base) {
  std::unique_ptr<Tables, FreeTables> all(new (std::nothrow) Tables);
  if (!all || !all->library) return fail(Status::out_of_memory, "no memory for TLS");
  all->base.reset(OSSL_PROVIDER_load(all->library.get(), base));
  if (!all->base) return fail_openssl("load OpenSSL's provider \"%s\"", base);
  OSSL_ALGORITHM* kdf = copy(all->base.get(), OSSL_OP_KDF, "TLS13-KDF", all->kdfs);
  OSSL_ALGORITHM* ec = copy(all->base.get(), OSSL_OP_KEYMGMT, "EC", all->keys);
  if (!kdf || !ec || !change_check(*ec, *all))
    return fail_openssl("OpenSSL's provider \"%s\" has no TLS13-KDF or EC as we know it", base);
  kdf->implementation = key_schedule;
  return all;
}

Result<Owned<ossl_provider_st>> load_provider(ossl_lib_ctx_st* into) {
  if (!place_of_tables()) {
    auto made = read_tables("default");
    if (!made) return fail(made.error());
    place_of_tables() = made->release();
  }
  const bool added = OSSL_PROVIDER_add_builtin(into, "zest", enter) == 1;
  Owned<ossl_provider_st> ours(added ? OSSL_PROVIDER_load(into, "zest") : nullptr);
  if (!ours) return fail_openssl("load the provider \"zest\" into OpenSSL");
  return ours;
}

void free_tables() { FreeTables{}(std::exchange(place_of_tables(), nullptr)); }

}  // namespace zest::tls
