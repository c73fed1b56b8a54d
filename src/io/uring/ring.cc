#include "io/uring/ring.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/fault.h"

namespace zest::io {
namespace {

// Best first. DEFER_TASKRUN (6.1) is worth a third of the cost of a request: completions are
// prepared when we ask for them instead of interrupting us. R_DISABLED, because the ring is made by
// one thread and then belongs to another, which enable() names.
constexpr unsigned flag_sets[] = {
    IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
        IORING_SETUP_R_DISABLED,
    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED,
    IORING_SETUP_R_DISABLED,
};
constexpr unsigned sqpoll_flags = IORING_SETUP_SQPOLL | IORING_SETUP_R_DISABLED;

const char* cure(int error) {
  switch (error) {
    case EPERM:
    case EACCES: return "; kernel.io_uring_disabled or a seccomp filter (containers) forbids it";
    case ENOSYS:
      return "; the kernel is built without it, or a seccomp filter (containers) hides it";
    case ENOMEM: return "; raise RLIMIT_MEMLOCK (ulimit -l)";
    default: return "";
  }
}

const char* denied(int error) {
  const bool filtered = error == EPERM || error == EACCES || error == ENOSYS;
  return filtered ? "; a seccomp filter (containers) forbids it" : "";
}

// A filter may allow the setup alone. The ring is disabled yet: a call that gets through is told so
// (EBADFD).
Result<void> probe_enter(int ring_fd) {
  int error = sys::fault::at("io_uring_probe_enter", EPERM);
  if (error == 0 && ::syscall(__NR_io_uring_enter, ring_fd, 0, 0, 0, nullptr, 0) < 0) error = errno;
  if (error == 0 || error == EBADFD) return {};
  Error why = fail_errno(error, "io_uring_enter").error();
  why.message.append("%s", denied(error));
  return fail(why);
}

Result<void> probe_register(io_uring& ring) {
  int error = sys::fault::at("io_uring_probe_register", EPERM);
  io_uring_probe nothing{};
  if (error == 0) error = -io_uring_register_probe(&ring, &nothing, 0);
  if (error <= 0) return {};
  Error why = fail_errno(error, "io_uring_register").error();
  why.message.append("%s", denied(error));
  return fail(why);
}

int setup(io_uring& ring, const RingOptions& options, unsigned flags) {
  if (int error = sys::fault::at("io_uring_setup", {EPERM, ENOMEM})) return error;
  io_uring_params params{};
  params.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
  params.cq_entries = options.completions;
  params.sq_thread_idle = 1;
  const int error = -io_uring_queue_init_params(options.submissions, &ring, &params);
  if (error) return error;
  // Waiting with a timeout without a timeout entry (5.11), and not losing completions (5.5).
  if ((params.features & IORING_FEAT_EXT_ARG) && (params.features & IORING_FEAT_NODROP)) return 0;
  io_uring_queue_exit(&ring);
  return ENOSYS;
}

}  // namespace

Result<Ring> Ring::create(const RingOptions& options) {
  io_uring ring{};
  int error = EINVAL;
  if (options.sqpoll) error = setup(ring, options, sqpoll_flags);
  for (const unsigned flags : flag_sets) {
    if (error != EINVAL) break;  // EINVAL: flags that this kernel does not know
    error = setup(ring, options, flags);
  }
  if (error) {
    Error why = fail_errno(error, "io_uring_setup").error();
    why.message.append("%s", cure(error));
    return fail(why);
  }
  Ring made(ring, options.register_ring);
  if (auto enters = probe_enter(ring.ring_fd); !enters) return fail(enters.error());
  if (auto registers = probe_register(made.get()); !registers) return fail(registers.error());
  return made;
}

Ring::Ring(Ring&& other) noexcept
    : ring_(other.ring_), open_(std::exchange(other.open_, false)), registers_(other.registers_) {}

Ring::~Ring() {
  if (open_) io_uring_queue_exit(&ring_);
}

Result<void> Ring::enable() {
  if (int error = sys::fault::at("io_uring_enable", ENOMEM))
    return fail_errno(error, "enable ring");
  if (const int error = -io_uring_enable_rings(&ring_); error > 0)
    return fail_errno(error, "enable ring");
  // Saves looking up the ring's fd at every call; where it can't be had, nothing is lost.
  if (registers_) io_uring_register_ring_fd(&ring_);
  return {};
}

void Ring::leave() {
  if (registers_) io_uring_unregister_ring_fd(&ring_);
}

}  // namespace zest::io
