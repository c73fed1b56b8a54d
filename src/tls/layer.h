// An Engine as what stands between a Stream and its socket. What it has to say for itself goes out
// with the next send; during the handshake, when nobody else sends, at once. Once nothing is half
// done a Kernel takes the engine's place, where that is wanted and can be.
#pragma once

#include "net/layer.h"
#include "tls/assembly.h"
#include "tls/engine.h"
#include "tls/kernel.h"

namespace zest::tls {

class EngineLayer final : public net::Layer {
 public:
  // The socket is the stream's, which outlives this. A client's first words are sent here. `use` is
  // what the context has of it, or none.
  static Result<std::unique_ptr<EngineLayer>> server(int fd,
                                                     std::shared_ptr<const ServerContext> context,
                                                     const KernelUse& use = {},
                                                     const KernelCounts& counts = {});
  static Result<std::unique_ptr<EngineLayer>> client(int fd,
                                                     std::shared_ptr<const ClientContext> context,
                                                     const std::string& name,
                                                     std::shared_ptr<Resumption> resumption,
                                                     const KernelUse& use = {},
                                                     const KernelCounts& counts = {});

  int open(io::Buffer received, io::BufferQueue& into) override;
  bool ready() const override { return kernel_ || (engine_->is_open() && !stuck_); }
  bool ended() const override { return kernel_ ? ended_ : engine_->ended(); }
  bool refused_plain() const override { return engine_ && engine_->looks_like_http(); }
  bool wants_room() const override { return stuck_; }
  int send_rest() override;
  size_t seal(std::span<iovec>& plain, std::span<std::byte> into) override;
  void say_end() override;

  bool transparent() const override { return kernel_ != nullptr; }
  bool wants_kernel() const override { return use_.wanted && !kernel_; }
  int give_to_kernel() override;
  int hear(bool data_before) override;
  bool deaf() const override { return deaf_; }

  // How often a handshake has had something to send.
  uint32_t flights() const { return flights_; }
  // Once ready.
  const Facts& facts() const { return kernel_ ? kernel_->facts() : engine_->facts(); }
  const char* why() const { return kernel_ ? kernel_->why() : engine_->why(); }

 private:
  EngineLayer(int fd, std::unique_ptr<Engine> engine, const KernelUse& use,
              const KernelCounts& counts)
      : fd_(fd), use_(use), counts_(counts), engine_(std::move(engine)) {}

  int take(io::Buffer received, io::BufferQueue& into);
  int stay();
  int flush();
  void sent() override;

  const int fd_;
  KernelUse use_;
  bool ended_ = false;  // of a kernel's
  bool deaf_ = false;
  uint32_t flights_ = 0;
  bool stuck_ = false;  // the end of the handshake's last flight is still to be sent
  const KernelCounts counts_;
  std::unique_ptr<Engine> engine_;  // or a kernel
  std::unique_ptr<Kernel> kernel_;
  Assembly assembly_;
};

}  // namespace zest::tls
