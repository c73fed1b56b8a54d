#include "tls/echo_server.h"

#include <doctest/doctest.h>

#include <array>

namespace zest::test {

struct EchoServer::Client {
  Fd fd;
  std::unique_ptr<tls::Engine> engine;
  tls::Assembly assembly;
  std::string data;
  std::vector<std::byte> room = std::vector<std::byte>(tls::Engine::sealed_size(65'536));
};

EchoServer::EchoServer(io::Loop& loop, std::shared_ptr<const tls::ServerContext> context)
    : listening_(listening()), context_(std::move(context)), scope_(loop) {
  scope_.spawn(accept());
}

EchoServer::~EchoServer() {
  scope_.cancel();
  turn_to_end(scope_.loop(), [&] { return scope_.running() == 0; });
}

uint16_t EchoServer::port() const { return ntohs(listening_.address.ipv4().sin_port); }

io::Task<void> EchoServer::accept() {
  for (;;) {
    const int32_t fd = co_await scope_.accept(listening_.fd.get(), never_ns);
    if (fd < 0) co_return;
    scope_.spawn(serve(fd));
  }
}

io::Task<void> EchoServer::serve(int fd) {
  Client client{.fd = Fd(fd), .engine = *tls::Engine::server(context_)};
  std::array<std::byte, 8000> memory;  // smaller than a record
  bool told = false;
  for (bool going = true; going;) {
    const int32_t got = co_await scope_.recv(fd, memory, scope_.loop().now_ns() + 10 * ns_per_s);
    if (got <= 0) {
      truncated += client.engine->is_open() && !client.engine->ended();
      break;
    }
    going = take(client, std::span(memory).first(static_cast<size_t>(got)));
    if (client.engine->is_open() && !std::exchange(told, true))
      resumed += client.engine->facts().resumed;
    if (client.engine->ended()) client.engine->close();
    if (!co_await answer(client) || !co_await send_all(client, {})) break;
    if (client.engine->state() == tls::Engine::State::failed || client.engine->ended()) break;
  }
  if (client.engine->state() == tls::Engine::State::failed) {
    ++refused;
    why = client.engine->why();
  }
  scope_.loop().close(std::move(client.fd));
}

bool EchoServer::take(Client& client, std::span<std::byte> bytes) {
  const auto open = [&](std::span<std::byte> records) {
    const auto all = client.engine->open_all(records);
    client.data.append(reinterpret_cast<const char*>(records.data()), all.plain);
    return records.subspan(all.taken);
  };
  if (!client.assembly.empty()) {
    if (!client.assembly.add(bytes)) return false;
    if (!client.assembly.whole()) return true;
    open(client.assembly.record());
    client.assembly.reset();
  }
  bytes = open(bytes);
  return client.assembly.add(bytes);
}

io::Task<bool> EchoServer::answer(Client& client) {
  for (;;) {
    const size_t head = client.data.find("\r\n\r\n");
    if (head == std::string::npos) co_return true;
    const size_t field = client.data.find("Content-Length: ");
    const size_t body = field < head ? std::stoul(client.data.substr(field + 16, 20)) : 0;
    if (client.data.size() < head + 4 + body) co_return true;
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body) +
                               "\r\n\r\n" + client.data.substr(head + 4, body);
    client.data.erase(0, head + 4 + body);
    ++served;
    if (!co_await send_all(client, answer)) co_return false;
  }
}

io::Task<bool> EchoServer::send_all(Client& client, std::string_view text) {
  iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  std::span<iovec> plain(&piece, text.empty() ? 0 : 1);
  for (;;) {
    const size_t size = client.engine->seal(plain, client.room);
    if (size == 0) co_return true;
    for (size_t at = 0; at < size;) {
      const int32_t sent =
          co_await scope_.send(client.fd.get(), std::span(client.room).subspan(at, size - at),
                               scope_.loop().now_ns() + 10 * ns_per_s);
      if (sent <= 0) co_return false;
      at += static_cast<size_t>(sent);
    }
  }
}

}  // namespace zest::test
