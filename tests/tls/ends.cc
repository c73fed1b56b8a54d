#include "tls/ends.h"

#include <doctest/doctest.h>

namespace zest::test {

std::shared_ptr<const tls::ServerContext> server_context(tls::ServerConfig config,
                                                         std::shared_ptr<tls::TicketKeys> keys) {
  if (config.certificates.empty() && config.self_signed.empty())
    config.certificates = {example_files()};
  if (!keys) keys = *tls::TicketKeys::make(system_clock(), 3600 * ns_per_s);
  auto made = tls::ServerContext::create(config, std::move(keys), wall_clock_s());
  REQUIRE_MESSAGE(made.has_value(), made.error().message.c_str());
  return *made;
}

std::shared_ptr<const tls::ClientContext> client_context(tls::ClientConfig config) {
  if (config.ca.empty()) config.ca = authority().ca();
  auto made = tls::ClientContext::create(config, wall_clock_s());
  REQUIRE_MESSAGE(made.has_value(), made.error().message.c_str());
  return *made;
}

std::string error_of(const tls::ServerConfig& config) {
  const auto made = tls::ServerContext::create(
      config, *tls::TicketKeys::make(system_clock(), 3600 * ns_per_s), wall_clock_s());
  return made ? "" : made.error().message.c_str();
}

const tls::CertificateFiles& example_files() {
  static const tls::CertificateFiles files =
      authority().issue("example", {.names = {"example.org", "*.example.org"}});
  return files;
}

const tls::CertificateFiles& example_rsa_files() {
  static const tls::CertificateFiles files = authority().issue(
      "example-rsa", {.names = {"example.org", "*.example.org"}, .kind = KeyKind::rsa});
  return files;
}

void End::open() {
  const auto all = engine->open_all(std::as_writable_bytes(std::span(waiting)));
  CHECK(all.taken <= waiting.size());
  if (all.taken < waiting.size()) CHECK(all.need > waiting.size() - all.taken);
  data.append(waiting, 0, all.plain);
  waiting.erase(0, all.taken);
}

std::string End::take(std::string_view text) {
  iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  std::span<iovec> plain(&piece, text.empty() ? 0 : 1);
  std::string sealed;
  for (;;) {
    std::string room(20'000, 0);
    const size_t written = engine->seal(plain, std::as_writable_bytes(std::span(room)));
    sealed.append(room, 0, written);
    if (written == 0) return sealed;
  }
}

Ends::Ends(std::shared_ptr<const tls::ServerContext> server_side,
           std::shared_ptr<const tls::ClientContext> client_side, const std::string& name,
           std::shared_ptr<tls::Resumption> resumption) {
  auto serving = tls::Engine::server(std::move(server_side));
  auto asking = tls::Engine::client(std::move(client_side), name, std::move(resumption));
  REQUIRE(serving.has_value());
  REQUIRE_MESSAGE(asking.has_value(), asking.error().message.c_str());
  server.engine = std::move(*serving);
  client.engine = std::move(*asking);
}

void Ends::settle() {
  for (;;) {
    const std::string to_server = client.take();
    const std::string to_client = server.take();
    if (to_server.empty() && to_client.empty()) return;
    server.waiting += to_server;
    client.waiting += to_client;
    server.open();
    client.open();
  }
}

void Ends::say(End& from, std::string_view text) {
  End& to = &from == &server ? client : server;
  to.waiting += from.take(text);
  to.open();
  settle();
}

}  // namespace zest::test
