// The library context of OpenSSL that handshakes are made in, with our provider and no other.
#pragma once

#include "base/result.h"

struct ossl_lib_ctx_st;

namespace zest::tls {

// Made at the first call, and the process's from then on: each thread that has shaken hands has
// random generators in it, and looks for them when it ends (OPENSSL_thread_stop_ex(3)); we do not
// know all threads.
//
// nullptr, OpenSSL's own context: the host's configuration (openssl.cnf) wants FIPS, or other
// providers than the default one. That is not ours to undo.
Result<ossl_lib_ctx_st*> library();

// Of a shared library of ours that has OpenSSL linked in: call the first when it is loaded, and the
// second when it is unloaded, or the process exits. That frees both library contexts, unless
// somebody has a TLS context yet: a host that exits with a proxy running has threads in there.
void keep_library_at_exit();
void free_idle_library();

// Lives as long as a TLS context does.
class LibraryUse {
 public:
  LibraryUse();
  LibraryUse(const LibraryUse&) = delete;
  LibraryUse& operator=(const LibraryUse&) = delete;
  ~LibraryUse();
};

}  // namespace zest::tls
