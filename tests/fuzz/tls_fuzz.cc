// Whatever comes first on a TLS port, cut in two anywhere. No input may open the connection, and
// none is left when it has failed.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "tls/assembly.h"
#include "tls/engine.h"

namespace {

using namespace zest;

std::shared_ptr<const tls::ServerContext> make_context() {
  static const SystemClock clock;
  auto keys = tls::TicketKeys::make(clock, 3600 * ns_per_s);
  tls::ServerConfig config{.self_signed = {"example.org"}};
  config.preferences.alpn = {"h2", "http/1.1"};
  auto made = tls::ServerContext::create(config, *keys, ::time(nullptr));
  return made ? *made : nullptr;
}

void require(bool holds) {
  if (!holds) abort();
}

void feed(tls::Engine& engine, std::string& waiting) {
  const auto all = engine.open_all(std::as_writable_bytes(std::span(waiting)));
  require(all.plain == 0 && all.taken <= waiting.size());
  require(all.taken == waiting.size() || all.need > waiting.size() - all.taken);
  waiting.erase(0, all.taken);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto context = make_context();
  if (size < 1) return 0;
  const auto engine = tls::Engine::server(context);
  require(engine.has_value());
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t cut = data[0] * bytes.size() / 256;
  std::string waiting = bytes.substr(0, cut);
  feed(**engine, waiting);
  waiting += bytes.substr(cut);
  feed(**engine, waiting);
  require(!(*engine)->is_open());
  if ((*engine)->state() == tls::Engine::State::failed) require(waiting.empty());
  std::string room(20'000, 0);
  std::span<iovec> none;
  (void)(*engine)->seal(none, std::as_writable_bytes(std::span(room)));
  return 0;
}
