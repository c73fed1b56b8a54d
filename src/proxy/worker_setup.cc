#include "proxy/worker_setup.h"

#include <algorithm>

#include "proxy/worker.h"

namespace zest::proxy {

WorkerSetup::WorkerSetup(Worker& worker, std::shared_ptr<const Setup> shared,
                         const WorkerSetup* previous)
    : shared_(std::move(shared)) {
  for (const auto& group : shared_->groups) {
    std::shared_ptr<upstream::Pool> pool;
    for (size_t i = 0; previous && i < previous->pools_.size(); ++i)
      if (previous->shared().groups[i] == group) pool = previous->pools_[i];
    pools_.push_back(pool ? std::move(pool) : worker.make_pool(*group));
  }
  for (const SharedListener& listener : shared_->listeners)
    listeners_.push_back(std::make_unique<Listener>(worker, *this, listener));
}

void WorkerSetup::begin() {
  for (const auto& listener : listeners_) listener->begin();
}

Listener* WorkerSetup::at(const Place& place) {
  for (const auto& listener : listeners_)
    if (listener->shared().place.get() == &place) return listener.get();
  return nullptr;
}

void WorkerSetup::retire(WorkerSetup& heir) {
  retired_ = true;
  for (const auto& listener : listeners_) {
    if (!listener->holds()) continue;
    if (Listener* next = heir.at(*listener->shared().place)) {
      listener->hand_over(*next);
    } else {
      listener->cut();  // of datagrams: their address is free at once
      listener->close();
    }
  }
  for (const auto& pool : pools_)
    if (std::ranges::find(heir.pools_, pool) == heir.pools_.end()) pool->close();
}

void WorkerSetup::close_listeners() {
  for (const auto& listener : listeners_) listener->close();
}

void WorkerSetup::cut_listeners() {
  for (const auto& listener : listeners_) listener->cut();
}

void WorkerSetup::close_pools() {
  for (const auto& pool : pools_) pool->close();
}

bool WorkerSetup::deserted() const {
  return std::ranges::all_of(listeners_, [](const auto& listener) {
    return listener->closed() && listener->connections() == 0;
  });
}

bool WorkerSetup::over() const {
  return deserted() && std::ranges::all_of(pools_, [](const auto& pool) {
           return pool.use_count() > 1 || pool->empty();
         });
}

bool WorkerSetup::closed() const {
  return std::ranges::all_of(listeners_, [](const auto& listener) { return listener->closed(); });
}

bool WorkerSetup::pools_empty() const {
  return std::ranges::all_of(pools_, [](const auto& pool) { return pool->empty(); });
}

size_t WorkerSetup::idle_links() const {
  size_t sum = 0;
  for (const auto& pool : pools_) sum += pool->idle();
  return sum;
}

}  // namespace zest::proxy
