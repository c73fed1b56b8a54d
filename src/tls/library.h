// The library context of OpenSSL that handshakes are made in, with our provider and no other.
#pragma once

#include "base/result.h"

struct ossl_lib_ctx_st;

namespace zest::tls {

// Made at the first call, and the process's from then on. It is freed at exit, or
// when the shared library is unloaded, as OpenSSL's own is, and not before: each thread that has
// shaken hands has random generators in it, and looks for them when it ends
// (OPENSSL_thread_stop_ex(3)); we do not know all threads.
//
// nullptr, OpenSSL's own context: the host's configuration (openssl.cnf) wants FIPS, or other
// providers than the default one. That is not ours to undo.
Result<ossl_lib_ctx_st*> library();

}  // namespace zest::tls
