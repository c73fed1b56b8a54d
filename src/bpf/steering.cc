#include "bpf/steering.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>

#include "bpf/less_loaded.h"
#include "bpf/less_loaded_skeleton.h"
#include "sys/fault.h"
#include "sys/socket.h"

namespace zest::bpf {
namespace {

constexpr size_t mapped_bytes = sizeof(zest_load) * (ZEST_STEERED_MAX + 1);

using Counter = std::atomic_ref<unsigned>;

}  // namespace

uint32_t Steering::sockets_max() { return ZEST_STEERED_MAX; }

Result<std::unique_ptr<Steering>> Steering::create(uint32_t sockets) {
  if (int error = sys::fault::at("bpf", {EPERM, ENOMEM}))
    return fail_errno(error, "load steering program");
  std::unique_ptr<Steering> steering(new Steering);  // first: it may throw
  zest_less_loaded_fds fds{};
  if (int error = zest_less_loaded_load(&fds))
    return fail_errno(error, "load steering program (needs CAP_BPF and CAP_NET_ADMIN)");
  steering->program_ = Fd(fds.program);
  steering->sockets_ = Fd(fds.sockets);
  steering->loads_ = Fd(fds.loads);
  void* mapped = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds.loads, 0);
  if (mapped == MAP_FAILED) return fail_errno(errno, "map steering loads");
  steering->mapped_ = static_cast<zest_load*>(mapped);
  Counter(steering->mapped_->open).store(sockets);
  return steering;
}

Steering::~Steering() {
  if (mapped_) ::munmap(mapped_, mapped_bytes);
}

Result<void> Steering::add(uint32_t index, int listening_fd) {
  int error = sys::fault::at("bpf map update", E2BIG);
  if (error == 0) error = zest_less_loaded_put(sockets_.get(), index, listening_fd);
  if (error) return fail_errno(error, "add socket to steering");
  return {};
}

Result<void> Steering::attach(int listening_fd) {
  return sys::set_option(listening_fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, program_.get(),
                         "SO_ATTACH_REUSEPORT_EBPF");
}

void Steering::remove(uint32_t index) { zest_less_loaded_remove(sockets_.get(), index); }

zest_load& Steering::load(uint32_t index) const { return mapped_[index + 1]; }

void Steering::set_open(uint32_t index, uint32_t open) {
  Counter(load(index).open).store(open, std::memory_order_relaxed);
}

void Steering::settle(uint32_t index, uint32_t accepted) {
  Counter(load(index).settled).fetch_add(accepted, std::memory_order_relaxed);
}

void Steering::settle_all(uint32_t index) {
  const unsigned begun = Counter(load(index).begun).load(std::memory_order_relaxed);
  Counter(load(index).settled).store(begun, std::memory_order_relaxed);
}

}  // namespace zest::bpf
