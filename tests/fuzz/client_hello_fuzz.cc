// A ClientHello of what has arrived: waits until it has what it asked for, and answers once and for
// all; a name that is given could be somebody's.
#include <memory>

#include "base/assert.h"
#include "preface/client_hello.h"

namespace {

using namespace zest::preface;
using State = ClientHello::State;

ClientHello read(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return read_client_hello({copy.get(), bytes.size()}, {.bytes = 2'000, .records = 8});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ClientHello whole = read(bytes);
  ZEST_ASSERT(whole.state != State::more || whole.need > bytes.size());
  ZEST_ASSERT(whole.state == State::done || whole.server_name.empty());
  for (const char c : whole.server_name.view())
    ZEST_ASSERT((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                c == '_');
  const size_t step = data[0] % 16 + 1;
  for (size_t arrived = 0; arrived < bytes.size(); arrived += step) {
    const ClientHello part = read(bytes.substr(0, arrived));
    if (part.state == State::more) continue;
    ZEST_ASSERT(part.state == whole.state && part.server_name.view() == whole.server_name.view());
    break;
  }
  (void)whole.offers("h2");
  return 0;
}
