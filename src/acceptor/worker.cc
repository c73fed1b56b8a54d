#include "acceptor/worker.h"

#include <new>

#include "sys/cpu.h"
#include "sys/fault.h"
#include "sys/signals.h"

namespace zest::acceptor {
Worker::~Worker() { join(); }

Result<WorkerStart> Worker::start() {
  const sys::AllSignalsBlocked blocked;
  int error = sys::fault::at("pthread_create", EAGAIN);
  if (error == 0) error = pthread_create(&thread_, nullptr, enter, this);
  if (error) return fail_errno(error, "start thread");
  running_ = true;
  std::unique_lock lock(mutex_);
  while (!started_) changed_.wait(lock);
  return *started_;
}

void Worker::stop() {
  stopping_.store(true);
  if (running_ && shard_.loop()) shard_.loop()->post(stop_work_);
}

void Worker::join() {
  if (!running_) return;
  pthread_join(thread_, nullptr);
  running_ = false;
}

void* Worker::enter(void* self) {
  auto& worker = *static_cast<Worker*>(self);
  const sys::fault::Inside inside;
  Result<WorkerStart> started = worker.set_up();
  const bool up = started.has_value();
  worker.ready(std::move(started));
  if (up) worker.run();
  return nullptr;
}

void Worker::ready(Result<WorkerStart> result) {
  const std::lock_guard lock(mutex_);
  started_ = std::move(result);
  changed_.notify_one();
}

Result<WorkerStart> Worker::set_up() try {
  sys::name_thread(name_.c_str());
  WorkerStart started;
  place(started);
  if (auto opened = shard_.open(); !opened) return fail(opened.error());
  if (auto attached = shard_.attach(); !attached) return fail(attached.error());
  return started;
} catch (const std::bad_alloc&) {
  return fail(Status::out_of_memory, "start thread: out of memory");
}

// A place is a preference: without it the thread works all the same.
void Worker::place(WorkerStart& started) {
  if (wanted_.cpu < 0) return;
  if (auto pinned = sys::pin_thread(wanted_.cpu); !pinned) {
    started.note.append("%s", pinned.error().message.c_str());
    return;
  }
  started.placement.cpu = wanted_.cpu;
  if (wanted_.node < 0) return;
  if (auto preferred = sys::prefer_node(wanted_.node); !preferred) {
    started.note.append("%s", preferred.error().message.c_str());
    return;
  }
  started.placement.node = wanted_.node;
}

void Worker::run() {
  while (!shard_.drained() && !stopping_.load()) shard_.turn(never_ns);
  shard_.leave();
  shard_.finish();
}

}  // namespace zest::acceptor
