// Every kernel there is; which of them a CPU can run is scan_select.cc's to say.
#pragma once

#include "http/scan.h"

namespace zest::http {

extern const Scan scan_portable;
extern const Scan scan_sse42;
extern const Scan scan_avx2;
extern const Scan scan_avx512;

}  // namespace zest::http
