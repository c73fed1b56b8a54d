// Of the shared library alone, which has an OpenSSL of its own: it goes with us, and not before.
#include "tls/library.h"

namespace {

[[gnu::constructor]] void keep_openssl() { zest::tls::keep_library_at_exit(); }
[[gnu::destructor]] void free_openssl() { zest::tls::free_idle_library(); }

}  // namespace
