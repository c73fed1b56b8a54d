#include "bpf/hand_over.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "bpf/handover.h"
#include "bpf/handover_skeleton.h"
#include "sys/fault.h"

namespace zest::bpf {
namespace {

constexpr char load_words[] = "load hand-over program (needs CAP_BPF and CAP_NET_ADMIN)";
constexpr size_t mapped_bytes = sizeof(zest_flow) * ZEST_FLOWS_MAX;

Result<uint64_t> cookie_of(int socket) {
  uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  int error = sys::fault::at("SO_COOKIE", ENOPROTOOPT);
  if (error == 0 && ::getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) error = errno;
  if (error) return fail_errno(error, "SO_COOKIE");
  return cookie;
}

// The kernel looks at what has arrived already, and does so with the socket locked: when it
// returns, whoever was at it before is done.
void nudge(int socket) {
  const int one = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

void fill_down(std::vector<uint32_t>& list, uint32_t count) {
  list.reserve(count);
  for (uint32_t i = count; i > 0; --i) list.push_back(i - 1);
}

std::optional<uint32_t> take_last(std::vector<uint32_t>& list) {
  if (list.empty()) return {};
  const uint32_t last = list.back();
  list.pop_back();
  return last;
}

}  // namespace

Result<std::unique_ptr<HandOver>> HandOver::create() {
  if (int error = sys::fault::at("bpf", {EPERM, ENOMEM})) return fail_errno(error, load_words);
  std::unique_ptr<HandOver> made(new HandOver);
  fill_down(made->free_pairs_, ZEST_FLOWS_MAX / 2);
  fill_down(made->free_bells_, ZEST_DOORBELLS_MAX);
  zest_handover_fds fds{-1, -1, -1, -1, -1, -1};
  const int error = zest_handover_load(&fds);
  made->program_ = Fd(fds.program);
  made->judged_ = Fd(fds.judged);
  made->targets_ = Fd(fds.targets);
  made->cookies_ = Fd(fds.cookies);
  made->flows_ = Fd(fds.flows);
  made->doorbells_ = Fd(fds.doorbells);
  if (error) return fail_errno(error, load_words);
  void* mapped = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds.flows, 0);
  if (mapped == MAP_FAILED) return fail_errno(errno, "map flows");
  made->mapped_ = static_cast<zest_flow*>(mapped);
  return made;
}

HandOver::~HandOver() {
  if (mapped_) ::munmap(mapped_, mapped_bytes);
}

Result<HandOver::Bell> HandOver::make_bell() {
  const std::lock_guard lock(mutex_);
  const std::optional<uint32_t> index = take_last(free_bells_);
  if (!index) return fail_errno(ENOSPC, "more threads with tunnels than doorbells");
  int fd = -1;
  int error = sys::fault::at("bpf doorbell", {ENOMEM, EMFILE});
  if (error == 0) error = zest_handover_make_doorbell(doorbells_.get(), *index, &fd);
  Fd ring(fd);
  auto doorbell = error ? fail_errno(error, "make a doorbell") : Doorbell::map(std::move(ring));
  if (doorbell) return Bell{std::move(*doorbell), *index};
  free_bells_.push_back(*index);
  return fail(doorbell.error());
}

void HandOver::remove_bell(uint32_t index) {
  const std::lock_guard lock(mutex_);
  zest_handover_remove_socket(doorbells_.get(), index);
  free_bells_.push_back(index);
}

std::optional<uint32_t> HandOver::take_pair() {
  const std::lock_guard lock(mutex_);
  return take_last(free_pairs_);
}

void HandOver::give_back_pair(uint32_t pair) {
  const std::lock_guard lock(mutex_);
  free_pairs_.push_back(pair);
}

zest_flow& HandOver::flow(uint32_t index) const { return mapped_[index]; }

Result<void> HandOver::add_target(uint32_t flow, int socket) {
  int error = sys::fault::at("bpf map update", {E2BIG, EOPNOTSUPP});
  if (error == 0) error = zest_handover_put_socket(targets_.get(), flow, socket);
  if (error) return fail_errno(error, "add a socket to the hand-over");
  return {};
}

Result<void> HandOver::judge(uint32_t flow, int socket) {
  const Result<uint64_t> cookie = cookie_of(socket);
  if (!cookie) return fail(cookie.error());
  int error = sys::fault::at("bpf map update", E2BIG);
  if (error == 0) error = zest_handover_put_cookie(cookies_.get(), *cookie, flow);
  if (error == 0) error = zest_handover_put_socket(judged_.get(), flow, socket);
  if (error) {
    zest_handover_remove_cookie(cookies_.get(), *cookie);
    return fail_errno(error, "let a socket be judged");
  }
  nudge(socket);
  return {};
}

void HandOver::forget(uint32_t flow, int socket) {
  zest_handover_remove_socket(judged_.get(), flow);
  if (const Result<uint64_t> cookie = cookie_of(socket))
    zest_handover_remove_cookie(cookies_.get(), *cookie);
  remove_target(flow);
}

void HandOver::remove_target(uint32_t flow) { zest_handover_remove_socket(targets_.get(), flow); }

}  // namespace zest::bpf
