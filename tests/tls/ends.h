// A client's and a server's engine with memory between them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "support/backends.h"
#include "tls/authority.h"
#include "tls/engine.h"

namespace zest::test {

// A context that must come about; the fixture's certificate where the config names none.
std::shared_ptr<const tls::ServerContext> server_context(
    tls::ServerConfig config = {}, std::shared_ptr<tls::TicketKeys> keys = {});
// It trusts the fixture's authority.
std::shared_ptr<const tls::ClientContext> client_context(tls::ClientConfig config = {});
std::string error_of(const tls::ServerConfig& config);

const tls::CertificateFiles& example_files();  // ECDSA, for example.org and *.example.org
const tls::CertificateFiles& example_rsa_files();

// One side: what it has been sent and not yet taken, and the data that came out of it.
struct End {
  std::unique_ptr<tls::Engine> engine;
  std::string waiting;
  std::string data;

  // Opens what is complete of what waits.
  void open();
  // All that it has to send, with this text sealed behind it.
  std::string take(std::string_view text = {});
};

struct Ends {
  Ends(std::shared_ptr<const tls::ServerContext> server_side,
       std::shared_ptr<const tls::ClientContext> client_side,
       const std::string& name = "www.example.org",
       std::shared_ptr<tls::Resumption> resumption = {});

  // Lets each answer the other until both are silent.
  void settle();
  bool open() const { return server.engine->is_open() && client.engine->is_open(); }
  void say(End& from, std::string_view text);  // and settle

  End server;
  End client;
};

}  // namespace zest::test
