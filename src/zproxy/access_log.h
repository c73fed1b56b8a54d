// The access log: workers put records into rings of their own, one thread writes them as lines. A
// worker never waits: what has no room is dropped, and counted.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/count.h"
#include "zproxy/access_record.h"
#include "zproxy/log.h"
#include "zproxy/log_file.h"
#include "zproxy/ring.h"

namespace zest::zproxy {

struct AccessLogTotals {
  uint64_t lines = 0;    // written
  uint64_t dropped = 0;  // no room in the ring
  uint64_t lost = 0;     // could not be written
  uint64_t errors = 0;   // writes and openings that failed
};

class AccessLog {
 public:
  static constexpr size_t ring_slots = 4096;

  // Starts the thread.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& path, Log& log);
  ~AccessLog();  // after the last record: writes what is there
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // Another one for each call, for one worker each; as long as the log lives. Any thread.
  proxy::RecordSink* add_sink();
  // How listeners are called in lines, by their numbers; what has no name here keeps the one it
  // had. Any thread.
  void name_listeners(std::vector<std::string> addresses);
  void reopen();  // soon; any thread
  AccessLogTotals totals() const;

 private:
  class Sink;

  explicit AccessLog(Log& log);

  void run();
  bool idle();
  void wait();
  void wake();
  void look();
  void learn_names();
  void write_all();
  void take_from(Sink& sink);
  void write_batch();
  void reopen_now();
  void complain(const Error& error);

  Log& log_;
  std::unique_ptr<LogFile> file_;
  mutable std::mutex mutex_;  // of the next two; not held while writing
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::vector<std::string> listeners_;

  std::atomic<bool> ending_{false};
  std::atomic<bool> reopen_wanted_{false};
  std::atomic<uint32_t> asleep_{0};

  // The log's thread alone.
  LineContext line_;
  std::vector<Sink*> writing_;  // the sinks there were when it last looked
  std::string batch_;
  uint64_t batch_lines_ = 0;
  int64_t complained_ns_ = 0;
  Count lines_;
  Count lost_;
  Count errors_;

  std::thread thread_;
};

}  // namespace zest::zproxy
