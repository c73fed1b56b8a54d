// A PROXY header of what has arrived: waits until it has what it asked for, answers once and for
// all, and what it names is written and read again as the same.
#include <cstring>
#include <memory>

#include "base/assert.h"
#include "preface/proxy_header.h"

namespace {

using namespace zest;
using namespace zest::preface;
using State = ProxyHeader::State;

ProxyHeader read(std::string_view bytes) {
  const auto copy = std::make_unique<char[]>(bytes.size());
  bytes.copy(copy.get(), bytes.size());
  return read_proxy_header({copy.get(), bytes.size()}, {.bytes = 600, .attributes = 8});
}

bool same(const sys::Address& one, const sys::Address& other) {
  return one.size() == other.size() && memcmp(one.get(), other.get(), one.size()) == 0;
}

void check_written(const ProxyHeader& header) {
  for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
    const ProxyHeaderText text = write_proxy_header(version, header.source, header.destination);
    const ProxyHeader again = read(text.view());
    ZEST_ASSERT(again.state == State::done && again.need == text.size);
    if (!again.named || again.source.family() != header.source.family()) continue;
    ZEST_ASSERT(same(again.source, header.source) && same(again.destination, header.destination));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const ProxyHeader whole = read(bytes);
  ZEST_ASSERT(whole.state != State::more || whole.need > bytes.size());
  ZEST_ASSERT(whole.state != State::done || whole.need <= bytes.size());
  const size_t step = data[0] % 16 + 1;
  for (size_t arrived = 0; arrived < bytes.size(); arrived += step) {
    const ProxyHeader part = read(bytes.substr(0, arrived));
    if (part.state == State::more) continue;
    ZEST_ASSERT(part.state == whole.state && part.need == whole.need);
    break;
  }
  if (whole.state == State::done && whole.named) check_written(whole);
  return 0;
}
