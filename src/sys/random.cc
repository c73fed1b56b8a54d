#include "sys/random.h"

#include <sys/auxv.h>
#include <sys/random.h>

#include <bit>
#include <cstring>

namespace zest::sys {

// Where a filter of system calls forbids it, what the kernel gave the process at its start.
SipKey random_sip_key() {
  SipKey key;
  if (::getrandom(key.data(), sizeof key, 0) != sizeof key)
    std::memcpy(key.data(), std::bit_cast<const void*>(::getauxval(AT_RANDOM)), sizeof key);
  return key;
}

}  // namespace zest::sys
