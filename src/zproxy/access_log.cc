#include "zproxy/access_log.h"

#include <chrono>
#include <ctime>

#include "sys/cpu.h"

namespace zest::zproxy {
namespace {

constexpr auto gather = std::chrono::milliseconds(10);  // one wake-up for what comes meanwhile
constexpr size_t batch_bytes = 256 * 1024;
unsigned long long printable(uint64_t n) { return n; }

int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * ns_per_s + now.tv_nsec;
}

}  // namespace

class AccessLog::Sink final : public proxy::RecordSink {
 public:
  explicit Sink(AccessLog& log) : log_(log) {}

  void record(const proxy::Record& record) noexcept override {
    AccessRecord* slot = ring.free_slot();
    if (!slot) return dropped.add();
    pack(record, *slot);
    ring.put();
    if (log_.asleep_.load(std::memory_order_seq_cst)) log_.wake();
  }

  Ring<AccessRecord> ring{ring_slots};
  Count dropped;

 private:
  AccessLog& log_;
};

AccessLog::AccessLog(Log& log) : log_(log) {}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path, Log& log) {
  std::unique_ptr<AccessLog> access(new AccessLog(log));
  auto file = LogFile::open(path, access->ending_);
  if (!file) return fail(file.error());
  access->file_ = std::make_unique<LogFile>(std::move(*file));
  access->thread_ = std::thread([raw = access.get()] { raw->run(); });
  return access;
}

AccessLog::~AccessLog() {
  if (!thread_.joinable()) return;
  ending_.store(true);
  wake();
  thread_.join();
}

proxy::RecordSink* AccessLog::add_sink() {
  const std::lock_guard lock(mutex_);
  return sinks_.emplace_back(std::make_unique<Sink>(*this)).get();
}

void AccessLog::name_listeners(std::vector<std::string> addresses) {
  const std::lock_guard lock(mutex_);
  if (listeners_.size() < addresses.size()) listeners_.resize(addresses.size());
  for (size_t i = 0; i < addresses.size(); ++i)
    if (!addresses[i].empty()) listeners_[i] = std::move(addresses[i]);
}

void AccessLog::reopen() {
  reopen_wanted_.store(true);
  wake();
}

AccessLogTotals AccessLog::totals() const {
  AccessLogTotals totals{.lines = lines_.get(), .lost = lost_.get(), .errors = errors_.get()};
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) totals.dropped += sink->dropped.get();
  return totals;
}

void AccessLog::run() {
  sys::name_thread("zproxy-log");
  while (!ending_.load()) {
    wait();
    if (!ending_.load()) std::this_thread::sleep_for(gather);
    if (reopen_wanted_.exchange(false)) reopen_now();
    write_all();
  }
  write_all();
}

bool AccessLog::idle() {
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_)
    if (sink->ring.oldest()) return false;
  return !ending_.load() && !reopen_wanted_.load();
}

// Says that it sleeps, looks once more, sleeps; a worker puts, then looks for a sleeper.
void AccessLog::wait() {
  asleep_.store(1, std::memory_order_seq_cst);
  if (idle()) asleep_.wait(1);
  asleep_.store(0, std::memory_order_relaxed);
}

void AccessLog::wake() {
  if (asleep_.exchange(0)) asleep_.notify_one();
}

void AccessLog::look() {
  line_.realtime_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
  const std::lock_guard lock(mutex_);
  line_.listeners = listeners_;
  writing_.clear();
  for (const auto& sink : sinks_) writing_.push_back(sink.get());
}

// Of listeners that are newer than the last look.
void AccessLog::learn_names() {
  const std::lock_guard lock(mutex_);
  line_.listeners = listeners_;
}

void AccessLog::write_all() {
  look();
  for (Sink* sink : writing_) take_from(*sink);
  write_batch();
}

// At most what a ring holds: a worker that is faster must not keep the others waiting.
void AccessLog::take_from(Sink& sink) {
  for (size_t i = 0; i < ring_slots; ++i) {
    const AccessRecord* record = sink.ring.oldest();
    if (!record) return;
    if (record->listener >= line_.listeners.size()) learn_names();
    append_line(batch_, *record, line_);
    ++batch_lines_;
    sink.ring.take();
    if (batch_.size() >= batch_bytes) write_batch();
  }
}

void AccessLog::write_batch() {
  if (batch_lines_ == 0) return;
  const auto written = file_->write(batch_);
  if (written) {
    lines_.add(batch_lines_);
  } else {
    lost_.add(batch_lines_);
    complain(written.error());
  }
  batch_.clear();
  batch_lines_ = 0;
}

void AccessLog::reopen_now() {
  const auto reopened = file_->reopen();
  if (!reopened) return complain(reopened.error());
  log_.info("access log %s opened again", file_->path().c_str());
}

// At most once a second.
void AccessLog::complain(const Error& error) {
  errors_.add();
  const int64_t now_ns = clock_ns(CLOCK_MONOTONIC);
  if (complained_ns_ > 0 && now_ns - complained_ns_ < ns_per_s) return;
  complained_ns_ = now_ns;
  log_.error("%s (%llu lines lost so far)", error.message.c_str(), printable(lost_.get()));
}

}  // namespace zest::zproxy
