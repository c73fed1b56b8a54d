// Records whose keys the peer has: any type, any content, any padding. What is sealed opens as what
// it was, also when it comes in pieces, and what it says is read without harm.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tls/assembly.h"
#include "tls/control.h"
#include "tls/opener.h"
#include "tls/sealer.h"

namespace {

using namespace zest;

void require(bool holds) {
  if (!holds) abort();
}

struct Input {
  const uint8_t* at;
  const uint8_t* end;
  uint8_t next() { return at < end ? *at++ : 0; }
  std::string take(size_t most) {
    const size_t size = std::min(most, static_cast<size_t>(end - at));
    std::string bytes(reinterpret_cast<const char*>(at), size);
    at += size;
    return bytes;
  }
};

std::span<std::byte> bytes_of(std::string& text) { return std::as_writable_bytes(std::span(text)); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto algorithms = *tls::Algorithms::load();
  Input input{.at = data, .end = data + size};
  const uint8_t kind = input.next();
  tls::Traffic traffic;
  traffic.version = kind & 1 ? tls::Version::tls12 : tls::Version::tls13;
  traffic.suite = static_cast<tls::Suite>((kind >> 1) % tls::suite_count);
  tls::Sealer sealer;
  tls::Opener opener;
  require(sealer.start(*algorithms, traffic) && opener.start(*algorithms, traffic));
  tls::Control control((kind & 16) != 0);
  while (input.at < input.end) {
    const auto type = static_cast<tls::ContentType>(input.next());
    const size_t cut = input.next();
    const std::string content = input.take(input.next());
    std::string record(content.size() + tls::record_overhead_max + 1, 0);
    record.resize(sealer.seal(type, std::as_bytes(std::span(content)), bytes_of(record)));
    require(!record.empty());
    tls::Assembly assembly;
    auto rest = bytes_of(record);
    auto first = rest.first(std::min(cut, rest.size()));
    rest = rest.subspan(first.size());
    require(assembly.add(first) && assembly.add(rest) && assembly.whole());
    const auto opened = opener.open(assembly.record());
    const bool hidden = traffic.version == tls::Version::tls13 && type == tls::ContentType{};
    if (hidden) return 0;  // a type of 0 is padding
    require(opened.alert == tls::Alert::none && opened.type == type);
    require(opened.content.size() == content.size() &&
            memcmp(opened.content.data(), content.data(), content.size()) == 0);
    if (control.read(traffic.version, opened.type, opened.content) == tls::Control::Wish::refuse)
      return 0;
  }
  return 0;
}
