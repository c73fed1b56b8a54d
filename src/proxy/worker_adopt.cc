// How a worker comes to another configuration.
#include "proxy/worker.h"

namespace zest::proxy {

std::unique_ptr<WorkerSetup> Worker::prepare(std::shared_ptr<const Setup> setup) {
  return std::make_unique<WorkerSetup>(*this, std::move(setup), setup_.get());
}

void Worker::adopt(std::unique_ptr<WorkerSetup> next) {
  incoming_ = std::move(next);
  adopted_ = false;
  loop_->post(adopt_work_);
}

void Worker::wait_until_adopted() {
  std::unique_lock lock(mutex_);
  while (!adopted_ && !ended()) changed_.wait(lock);
  incoming_.reset();  // of a worker that was lost meanwhile: nobody serves its sockets
}

void Worker::run_adopt() noexcept {
  const std::lock_guard lock(mutex_);
  incoming_->older = std::move(setup_);
  setup_ = std::move(incoming_);
  setup_->begin();
  if (setup_->older) setup_->older->retire(*setup_);
  if (draining_) setup_->close_listeners();
  look_adopted(lock);
}

// Whose turn is next may want an address that was dropped here.
void Worker::look_adopted(const std::lock_guard<std::mutex>&) {
  adopting_ = false;
  for (const WorkerSetup* one = setup_->older.get(); one; one = one->older.get())
    adopting_ = adopting_ || !one->closed();
  if (adopting_) return;
  adopted_ = true;
  changed_.notify_one();
}

// Those that nobody is left of.
void Worker::bury_setups() {
  for (auto* link = setup_ ? &setup_->older : nullptr; link && *link;) {
    if ((*link)->over()) {
      *link = std::move((*link)->older);
    } else {
      link = &(*link)->older;
    }
  }
}

}  // namespace zest::proxy
