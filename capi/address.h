// sys::Address as zest_address, and back.
#pragma once

#include <zest/base.h>

#include "sys/address.h"

namespace zest::capi {

void write_address(const sys::Address& from, zest_address& into);

}  // namespace zest::capi
