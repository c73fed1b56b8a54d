#include "support/fake_backend.h"

#include <doctest/doctest.h>

namespace zest::test {

FakeLoop::FakeLoop(io::BufferOptions buffers, const Clock& clock) {
  auto made = std::make_unique<FakeBackend>();
  backend = made.get();
  std::unique_ptr<io::BufferPool> pool;
  if (buffers.count > 0) {
    auto created = io::BufferPool::create(buffers);
    REQUIRE(created);
    pool = std::move(*created);
    pool->stock(*made);
  }
  auto notifier = sys::Notifier::open(sys::Notifier::Kind::eventfd);
  REQUIRE(notifier);
  loop = std::make_unique<io::Loop>(std::move(made), std::move(pool), std::move(*notifier), clock);
}

}  // namespace zest::test
