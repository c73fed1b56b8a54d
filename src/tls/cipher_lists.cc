#include "tls/cipher_lists.h"

#include <algorithm>
#include <string_view>

#include "tls/openssl.h"

namespace zest::tls {
namespace {

using Setter = int (*)(ssl_ctx_st*, const char*);

struct List {
  const char* key;
  const std::string& text;
  Setter set;
  std::string_view separators;
};

std::vector<std::string> names_in(const List& list) {
  std::vector<std::string> names;
  std::string_view rest = list.text;
  while (!rest.empty()) {
    const size_t size = std::min(rest.find_first_of(list.separators), rest.size());
    if (size > 0) names.emplace_back(rest.substr(0, size));
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return names;
}

// "!MD5", "@SECLEVEL=2": what they take away may well not be there.
bool is_order(const std::string& name) { return std::string_view("!-+@").contains(name.front()); }

std::unexpected<Error> refuse(const List& list, const List& other, const std::string& name,
                              ssl_ctx_st* scratch) {
  if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE) return fail_openssl("%s", list.key);
  const bool misplaced = other.set(scratch, name.c_str()) == 1;
  ERR_clear_error();
  return fail(Status::invalid_argument, "%s \"%.64s\": %s%s", list.key, name.c_str(),
              misplaced ? "belongs in " : "OpenSSL knows no such cipher",
              misplaced ? other.key : "");
}

Result<void> check(const List& list, const List& other, ssl_ctx_st* scratch,
                   std::vector<std::string>& warnings) {
  std::vector<std::string> seen;
  ERR_clear_error();
  for (const std::string& name : names_in(list)) {
    if (is_order(name)) continue;
    if (list.set(scratch, name.c_str()) != 1) return refuse(list, other, name, scratch);
    if (std::ranges::find(seen, name) != seen.end())
      warnings.push_back(std::string(list.key) + " \"" + name + "\": stands there twice");
    seen.push_back(name);
  }
  return {};
}

}  // namespace

Result<void> check_cipher_lists(const Preferences& preferences, ssl_ctx_st* scratch,
                                std::vector<std::string>& warnings) {
  const List ciphers{"ciphers", preferences.ciphers, SSL_CTX_set_cipher_list, ":, ;"};
  const List suites{"ciphersuites", preferences.ciphersuites, SSL_CTX_set_ciphersuites, ":"};
  if (auto checked = check(ciphers, suites, scratch, warnings); !checked) return checked;
  return check(suites, ciphers, scratch, warnings);
}

}  // namespace zest::tls
