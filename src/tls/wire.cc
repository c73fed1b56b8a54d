#include "tls/wire.h"

#include <openssl/bio.h>

#include <algorithm>

#include "tls/openssl.h"

namespace zest::tls {
namespace {

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  std::span<const std::byte>& in = wire_of(bio).in;
  const size_t taken = std::min(static_cast<size_t>(size), in.size());
  if (taken == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(into, in.data(), taken);
  in = in.subspan(taken);
  return static_cast<int>(taken);
}

int write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  return wire_of(bio).out.append({from, static_cast<size_t>(size)}) ? size : -1;
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

Result<Owned<bio_method_st>> wire_method() {
  Owned<bio_method_st> method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "zest wire"));
  if (!method) return fail_openssl("make a BIO");
  BIO_meth_set_read(method.get(), read);
  BIO_meth_set_write(method.get(), write);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

Owned<bio_st> wire_bio(const bio_method_st* method, Wire& wire) {
  Owned<bio_st> bio(BIO_new(method));
  if (!bio) return bio;
  BIO_set_data(bio.get(), &wire);
  BIO_set_init(bio.get(), 1);
  return bio;
}

}  // namespace zest::tls
