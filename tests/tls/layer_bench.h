// A Stream and an Output of ours with TLS between them and their socket, and OpenSSL at the other
// end of it. On a kernel with TLS also with records in the kernel.
#pragma once

#include <functional>
#include <optional>

#include "net/output.h"
#include "net/stream.h"
#include "support/sockets.h"
#include "tls/layer.h"
#include "tls/places.h"
#include "tls/raw_peer.h"

namespace zest::test {

struct LayerBench {
  struct Setup {
    RawPeer::Setup peer;
    bool serves = true;  // our side
    io::BufferOptions buffers{.count = 16, .size = 8192, .headroom = tls::headroom};
    std::shared_ptr<tls::Resumption> resumption;
    std::optional<tls::KernelUse> use;  // in place of what the mode means here
    std::shared_ptr<const tls::ServerContext> server = server_context();
    std::shared_ptr<const tls::ClientContext> client = client_context();
    bool tight = false;  // the sockets have hardly any room
  };
  LayerBench(io::BackendKind kind, tls::KernelMode mode) : LayerBench(kind, mode, Setup()) {}
  LayerBench(io::BackendKind kind, tls::KernelMode mode, Setup setup);
  ~LayerBench();

  // Turns the loop, and lets the peer answer, until it is so.
  bool until(const std::function<bool()>& condition);
  bool shake_hands();
  // What the peer has to say goes out, and what has come for it is read.
  void pump();
  void peer_says(std::string_view text);
  void peer_updates_keys(int kind);
  void send(std::string_view text);
  // Everything that is there, consumed.
  std::string take();
  tls::EngineLayer& layer() { return *static_cast<tls::EngineLayer*>(stream->layer()); }

  tls::KernelMode mode;
  std::shared_ptr<const tls::ServerContext> context;  // of many connections
  std::unique_ptr<io::Loop> loop;
  Pair pair;
  RawPeer peer;
  std::string to_peer_left;  // what the socket did not take yet
  bool peer_reads = true;
  std::optional<net::Stream> stream;
  std::optional<net::Output> output;
  Count in_kernel, refused;
};

}  // namespace zest::test
