#include "tls/pem.h"

#include <openssl/pem.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "sys/file.h"

namespace zest::tls {
namespace {

constexpr size_t file_size_max = size_t{16} << 20;

// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

bool is_end_of_pem() {
  const unsigned long last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

bool names_a_key(const std::vector<unsigned char>& bytes) {
  constexpr std::string_view label = "PRIVATE KEY-----";
  return !std::ranges::search(bytes, label).empty();
}

}  // namespace

bool is_pem(const std::string& source) { return source.starts_with("-----BEGIN "); }

const char* name_of(const std::string& source) {
  return is_pem(source) ? "PEM in memory" : source.c_str();
}

Result<std::vector<unsigned char>> read_file(const std::string& path) {
  if (is_pem(path)) return std::vector<unsigned char>(path.begin(), path.end());
  const Result<Fd> fd = sys::open_regular(path.c_str());
  if (!fd) return fail(fd.error());
  std::vector<unsigned char> bytes;
  for (;;) {
    const size_t before = bytes.size();
    if (before > file_size_max)
      return fail(Status::invalid_argument, "%s: longer than %zu bytes", path.c_str(),
                  file_size_max);
    bytes.resize(before + 16384);
    const ssize_t got = ::read(fd->get(), bytes.data() + before, bytes.size() - before);
    if (got < 0) return fail_errno(errno, "%s", path.c_str());
    bytes.resize(before + static_cast<size_t>(got));
    if (got == 0) return bytes;
  }
}

Owned<bio_st> reader(const std::vector<unsigned char>& bytes) {
  return Owned<bio_st>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

Result<std::vector<Owned<x509_st>>> read_certificates(const std::string& path) {
  const auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  const Owned<bio_st> bio = reader(*bytes);
  std::vector<Owned<x509_st>> found;
  ERR_clear_error();
  while (bio) {
    Owned<x509_st> next(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!next) break;
    found.push_back(std::move(next));
  }
  if (!is_end_of_pem()) return fail_openssl("%s: bad certificate", name_of(path));
  ERR_clear_error();
  if (found.empty())
    return fail(Status::invalid_argument, "%s: holds no PEM certificate", name_of(path));
  return found;
}

Result<Owned<evp_pkey_st>> read_key(const std::string& path) {
  auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  const Owned<bio_st> bio = reader(*bytes);
  ERR_clear_error();
  Owned<evp_pkey_st> key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)
                             : nullptr);
  const bool no_key = !names_a_key(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (key) return key;
  if (no_key) {
    ERR_clear_error();
    return fail(Status::invalid_argument, "%s: holds no PEM private key", name_of(path));
  }
  return fail_openssl("%s: bad private key (one with a passphrase cannot be used)", name_of(path));
}

}  // namespace zest::tls
