// Keys that nobody outside knows.
#pragma once

#include "base/siphash.h"

namespace zest::sys {

SipKey random_sip_key();

}  // namespace zest::sys
