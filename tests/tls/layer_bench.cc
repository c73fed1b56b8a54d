#include "tls/layer_bench.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

namespace zest::test {
namespace {

std::unique_ptr<tls::EngineLayer> layer_for(LayerBench& bench, const LayerBench::Setup& setup,
                                            int fd) {
  const tls::KernelCounts counts{.taken = &bench.in_kernel, .refused = &bench.refused};
  const tls::KernelUse use = setup.use ? *setup.use : tls::choose_kernel(bench.mode)->use;
  if (setup.serves) return *tls::EngineLayer::server(fd, bench.context, use, counts);
  return *tls::EngineLayer::client(fd, setup.client, "www.example.org", setup.resumption, use,
                                   counts);
}

// With hardly any they would wait for the kernel's timers.
void make_tight(const Pair& pair) {
  const int size = 16'384;
  for (const int fd : {pair.near.get(), pair.far.get()})
    for (const int option : {SO_SNDBUF, SO_RCVBUF})
      ::setsockopt(fd, SOL_SOCKET, option, &size, sizeof size);
}

}  // namespace

LayerBench::LayerBench(io::BackendKind kind, tls::KernelMode where, Setup setup)
    : mode(where),
      context(setup.server),
      loop(make_loop(kind, setup.buffers)),
      pair(tcp_pair()),
      peer(!setup.serves, setup.peer) {
  if (setup.tight) make_tight(pair);
  stream.emplace(*loop, std::move(pair.near));
  auto layer = layer_for(*this, setup, stream->fd());
  output.emplace(*loop, stream->fd(), layer.get());
  stream->set_layer(std::move(layer));
  stream->start();
}

LayerBench::~LayerBench() {
  stream->cancel();
  output->cancel();
  turn_to_end(*loop, [&] { return !stream->busy() && !output->busy(); });
}

bool LayerBench::until(const std::function<bool()>& condition) {
  return turn_until(*loop, [&] {
    pump();
    return condition();
  });
}

bool LayerBench::shake_hands() {
  return until([&] { return (stream->ready() && peer.open()) || stream->finished(); }) &&
         !stream->finished();
}

void LayerBench::pump() {
  std::string came(100'000, 0);
  const ssize_t got =
      peer_reads ? ::recv(pair.far.get(), came.data(), came.size(), MSG_DONTWAIT) : -1;
  to_peer_left += peer.advance({came.data(), got > 0 ? static_cast<size_t>(got) : 0});
  const ssize_t sent =
      ::send(pair.far.get(), to_peer_left.data(), to_peer_left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0) to_peer_left.erase(0, static_cast<size_t>(sent));
}

void LayerBench::peer_says(std::string_view text) {
  peer.say(text);
  pump();
}

void LayerBench::peer_updates_keys(int kind) {
  CHECK(SSL_key_update(peer.ssl(), kind) == 1);
  SSL_do_handshake(peer.ssl());
  pump();
}

void LayerBench::send(std::string_view text) {
  const iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  output->send({&piece, 1});
}

std::string LayerBench::take() {
  std::string text;
  while (!stream->input().empty()) {
    const std::span<std::byte> front = stream->input().front();
    text.append(reinterpret_cast<const char*>(front.data()), front.size());
    stream->consume(front.size());
  }
  return text;
}

}  // namespace zest::test
