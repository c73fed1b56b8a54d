// An HTTPS server of tasks on a loop: it answers with what it was sent. Just enough of HTTP for
// real clients to be content.
#pragma once

#include "support/scoped.h"
#include "support/sockets.h"
#include "tls/assembly.h"
#include "tls/engine.h"

namespace zest::test {

class EchoServer {
 public:
  EchoServer(io::Loop& loop, std::shared_ptr<const tls::ServerContext> context);
  ~EchoServer();

  uint16_t port() const;
  // For connections from now on.
  void use(std::shared_ptr<const tls::ServerContext> context) { context_ = std::move(context); }

  size_t served = 0;     // requests
  size_t resumed = 0;    // connections
  size_t truncated = 0;  // connections that ended without close_notify
  size_t refused = 0;    // handshakes that failed, plain HTTP among them
  std::string why;       // of the last one

 private:
  struct Client;

  io::Task<void> accept();
  io::Task<void> serve(int fd);
  io::Task<bool> send_all(Client& client, std::string_view text);
  bool take(Client& client, std::span<std::byte> bytes);
  io::Task<bool> answer(Client& client);

  Listening listening_;
  std::shared_ptr<const tls::ServerContext> context_;
  io::Scope scope_;
};

}  // namespace zest::test
