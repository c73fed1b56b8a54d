// Which backend a loop gets.
#include "io/epoll/epoll_backend.h"
#include "io/loop.h"
#include "io/uring/uring_backend.h"

namespace zest::io {
namespace {

Result<std::unique_ptr<Backend>> create_uring(const LoopOptions& options, BufferPool* pool) {
  const RingOptions ring{.submissions = options.submissions,
                         .completions = options.completions,
                         .sqpoll = options.sqpoll,
                         .register_ring = options.register_ring};
  auto backend = UringBackend::create(ring, pool);
  if (!backend) return fail(backend.error());
  return std::move(*backend);
}

Result<std::unique_ptr<Backend>> create_epoll(BufferPool* pool) {
  auto backend = EpollBackend::create(pool);
  if (!backend) return fail(backend.error());
  return std::move(*backend);
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create(const LoopOptions& options, const Clock& clock) {
  std::unique_ptr<BufferPool> pool;
  if (options.buffers.count > 0) {
    auto created = BufferPool::create(options.buffers);
    if (!created) return fail(created.error());
    pool = std::move(*created);
  }
  auto notifier = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  if (!notifier) return fail(notifier.error());

  BackendKind kind = options.backend;
  Text<256> note;
  Result<std::unique_ptr<Backend>> backend;
  if (kind != BackendKind::epoll) {
    backend = create_uring(options, pool.get());
    if (!backend && kind == BackendKind::uring) return fail(backend.error());
    kind = backend ? BackendKind::uring : BackendKind::epoll;
    if (!backend) note = backend.error().message;
  }
  if (kind == BackendKind::epoll) backend = create_epoll(pool.get());
  if (!backend) return fail(backend.error());

  auto loop =
      std::make_unique<Loop>(std::move(*backend), std::move(pool), std::move(*notifier), clock);
  if (options.watchable) {
    auto watch = Watch::create(loop->notifier_);
    if (!watch) return fail(watch.error());
    loop->watch_ = std::move(*watch);
  }
  loop->backend_kind_ = kind;
  loop->backend_note_ = note;
  loop->may_fail_ = options.may_fail;
  return loop;
}

}  // namespace zest::io
