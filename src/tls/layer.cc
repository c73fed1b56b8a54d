#include "tls/layer.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sys/fault.h"

namespace zest::tls {
namespace {

// Plaintext before that of the buffer that its record's end came in: there it belongs, so that a
// record in two pieces needs no second buffer.
void put_before(std::span<const std::byte> plain, io::Buffer& buffer) {
  if (plain.empty()) return;
  memcpy(buffer.extend_front(static_cast<uint32_t>(plain.size())).data(), plain.data(),
         plain.size());
}

ssize_t send_some(int fd, std::span<const std::byte> bytes) {
  if (const int error = sys::fault::at("send", {EPIPE, EAGAIN})) return -error;
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? -errno : sent;
}

}  // namespace

Result<std::unique_ptr<EngineLayer>> EngineLayer::server(
    int fd, std::shared_ptr<const ServerContext> context, const KernelUse& use,
    const KernelCounts& counts) {
  auto engine = Engine::server(std::move(context));
  if (!engine) return fail(engine.error());
  return std::unique_ptr<EngineLayer>(new EngineLayer(fd, std::move(*engine), use, counts));
}

Result<std::unique_ptr<EngineLayer>> EngineLayer::client(
    int fd, std::shared_ptr<const ClientContext> context, const std::string& name,
    std::shared_ptr<Resumption> resumption, const KernelUse& use, const KernelCounts& counts) {
  auto engine = Engine::client(std::move(context), name, std::move(resumption));
  if (!engine) return fail(engine.error());
  auto layer = std::unique_ptr<EngineLayer>(new EngineLayer(fd, std::move(*engine), use, counts));
  if (const int error = layer->send_rest()) return fail_errno(error, "send a ClientHello");
  return layer;
}

int EngineLayer::open(io::Buffer received, io::BufferQueue& into) {
  const bool shaking_hands = !engine_->is_open();
  int error = take(std::move(received), into);
  const bool failed = engine_->state() == Engine::State::failed;
  flights_ += shaking_hands && engine_->wants_to_send();
  if (shaking_hands || failed)
    if (const int unsent = send_rest(); unsent && error == 0) error = unsent;
  return failed ? EPROTO : error;
}

int EngineLayer::send_rest() {
  const int error = flush();
  stuck_ = engine_->wants_to_send();
  return error;
}

int EngineLayer::take(io::Buffer received, io::BufferQueue& into) {
  std::span<std::byte> bytes = received.bytes();
  const std::byte* const begin = bytes.data();
  Assembly assembled;
  size_t ahead = 0;
  if (!assembly_.empty()) {
    if (!assembly_.add(bytes)) return ENOMEM;
    if (!assembly_.whole()) return 0;
    assembled = std::exchange(assembly_, {});
    ahead = engine_->open_all(assembled.record()).plain;
  }
  const Engine::OpenedAll all = engine_->open_all(bytes);
  std::span<std::byte> rest = bytes.subspan(all.taken);
  if (!assembly_.add(rest)) return ENOMEM;
  received.trim(static_cast<uint32_t>(bytes.data() - begin), static_cast<uint32_t>(all.plain));
  put_before(assembled.record().first(ahead), received);
  into.push(std::move(received));
  return 0;
}

size_t EngineLayer::seal(std::span<iovec>& plain, std::span<std::byte> into) {
  return engine_->seal(plain, into);
}

// What waited for a send to end.
void EngineLayer::sent() {
  if (engine_) (void)flush();  // who is gone is noticed elsewhere
}

void EngineLayer::say_end() {
  if (kernel_) return (void)kernel_->close(fd_);
  if (!engine_->is_open()) return;
  engine_->close();
  (void)flush();  // who is gone needs no farewell
}

// What does not fit stays with the engine. Not into the middle of a record that is being sent.
int EngineLayer::flush() {
  std::array<std::byte, 4096> room;
  std::span<iovec> none;
  while (engine_->wants_to_send() && !sending()) {
    const auto sealed = std::span(room).first(engine_->seal(none, room));
    if (sealed.empty()) return 0;
    const ssize_t sent = send_some(fd_, sealed);
    if (sent < 0 && sent != -EAGAIN) return static_cast<int>(-sent);
    const auto unsent = sealed.subspan(static_cast<size_t>(std::max<ssize_t>(sent, 0)));
    if (unsent.empty()) continue;
    return engine_->take_back(unsent) ? 0 : ENOMEM;
  }
  return 0;
}

int EngineLayer::give_to_kernel() {
  if (!engine_->is_open()) return 0;
  if (!use_.takes(engine_->incoming().suite) || engine_->wants_short_records()) return stay();
  if (!engine_->kernel_may_take_over() || !assembly_.empty() || sending()) return 0;
  auto taken = Kernel::take_over(fd_, *engine_);
  if (!taken) return taken.error().lost ? EPROTO : stay();
  kernel_ = std::move(*taken);
  engine_.reset();
  if (counts_.taken) counts_.taken->add();
  return 0;
}

int EngineLayer::stay() {
  use_.wanted = false;
  if (counts_.refused) counts_.refused->add();
  return use_.required ? EPROTO : 0;
}

// Of an origin that changes its keys nothing more can be had, so what came is not whole; what a
// client has asked by then can still be answered.
int EngineLayer::hear(bool data_before) {
  switch (kernel_->hear(fd_, data_before)) {
    case Kernel::Heard::nothing: return 0;
    case Kernel::Heard::ended: ended_ = true; return 0;
    case Kernel::Heard::finish: ended_ = deaf_ = kernel_->serves(); return deaf_ ? 0 : ECONNRESET;
    case Kernel::Heard::failed: return EPROTO;
  }
  return EPROTO;
}

}  // namespace zest::tls
