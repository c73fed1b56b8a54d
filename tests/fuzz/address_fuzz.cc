// An address either does not parse, or its text parses to the same address again. And what the
// kernel might give as an address, of any size and content, has a text.
#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/printable.h"
#include "sys/address.h"

namespace {

using zest::sys::Address;

void parse(std::string_view text) {
  const auto parsed = Address::parse(text);
  if (!parsed) return;
  const auto again = Address::parse(parsed->format().view());
  ZEST_ASSERT(again.has_value());
  ZEST_ASSERT(again->size() == parsed->size());
  // Control characters are for no terminal.
  if (std::ranges::any_of(text, zest::is_control)) return;
  ZEST_ASSERT(memcmp(again->get(), parsed->get(), parsed->size()) == 0);
}

void look_at(const uint8_t* data, size_t size) {
  const Address address =
      Address::from(reinterpret_cast<const sockaddr*>(data), static_cast<socklen_t>(size));
  ZEST_ASSERT(!address.format().empty());
  ZEST_ASSERT(address.is_ip() == !address.format_ip().empty());
  ZEST_ASSERT(address.unix_name().size() <= sizeof(sockaddr_un::sun_path));
  ZEST_ASSERT(address.is_ip() || (!address.is_wildcard() && address.port() == 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  parse({reinterpret_cast<const char*>(data), size});
  look_at(data, size);
  return 0;
}
