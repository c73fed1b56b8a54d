// Records become lines: all of them, unless the disk or the reader is at fault; then that is
// counted, and no worker waits.
#include "zproxy/access_log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/torture.h"

namespace zest::zproxy {
namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/zproxy_test.XXXXXX";
    REQUIRE(mkdtemp(name));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }

  std::string file(const char* name) const { return path + '/' + name; }
  std::string path;
};

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

proxy::Record sample() {
  static const sys::Address client = *sys::Address::parse("192.0.2.7:1234");
  static const sys::Address origin = *sys::Address::parse("[2001:db8::1]:80");
  proxy::Record record;
  record.duration_ns = 1'234'567;
  record.first_byte_ns = 1'000'000;
  record.client = &client;
  record.origin = &origin;
  record.method = "GET";
  record.target = "/x";
  record.host = "example.org";
  record.upstream = "app";
  record.status = 200;
  record.bytes_in = 10;
  record.bytes_out = 20;
  return record;
}

std::string line_of(const proxy::Record& record) {
  AccessRecord packed;
  pack(record, packed);
  std::string line;
  append_line(line, packed, {.realtime_offset_ns = 0, .listeners = {"127.0.0.1:80"}});
  return line;
}

bool wait_until(auto reached) {
  for (size_t i = 0; i < test::load(1000); ++i) {
    if (reached()) return true;
    usleep(5000);
  }
  return false;
}

TEST_CASE("a record is a line of JSON") {
  CHECK(line_of(sample()) ==
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"client\":\"192.0.2.7:1234\",\"listener\":"
        "\"127.0.0.1:80\",\"method\":\"GET\",\"host\":\"example.org\",\"target\":\"/x\","
        "\"version\":\"1.1\",\"status\":200,\"bytes_in\":10,\"bytes_out\":20,\"duration_us\":1234,"
        "\"upstream\":\"app\",\"origin\":\"[2001:db8::1]:80\",\"first_byte_us\":1000}\n");
}

TEST_CASE("what went wrong is in the line") {
  proxy::Record record;
  record.timeout = proxy::Timeout::head;
  record.limit = proxy::Limit::fields;
  record.why = "a \"reason\"";
  record.cut = true;
  record.minor = 0;
  CHECK(line_of(record) ==
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"listener\":\"127.0.0.1:80\",\"version\":\"1.0\","
        "\"status\":0,\"bytes_in\":0,\"bytes_out\":0,\"duration_us\":0,\"cut\":true,\"timeout\":"
        "\"head\",\"limit\":\"fields\",\"why\":\"a \\\"reason\\\"\"}\n");
}

TEST_CASE("texts that are too long are cut, and the line says so") {
  proxy::Record record = sample();
  const std::string host(1000, 'h');
  const std::string target(100'000, 't');
  record.host = host;
  record.target = target;
  const std::string line = line_of(record);
  CHECK(line.contains(",\"host\":\"" + std::string(128, 'h') + "\""));
  CHECK(line.contains(std::string(392 - 128 - 6, 't') + "\""));
  CHECK(line.contains("\"texts_cut\":true"));
  CHECK(line.size() < 1024);
}

TEST_CASE("lines reach the file, those of the last moment too") {
  Folder folder;
  Log log(config::LogLevel::off);
  const size_t count = test::load(1000);
  auto access = AccessLog::open(folder.file("log"), log);
  if (!access) return;  // under torture
  proxy::RecordSink* one = (*access)->add_sink();
  proxy::RecordSink* other = (*access)->add_sink();
  for (size_t i = 0; i < count; ++i) (i % 2 ? one : other)->record(sample());
  const AccessLogTotals before = (*access)->totals();
  access->reset();
  CHECK(lines_of(folder.file("log")).size() == count);
  CHECK(before.dropped == 0);
}

TEST_CASE("after a rotation lines go to a new file") {
  Folder folder;
  Log log(config::LogLevel::off);
  auto access = AccessLog::open(folder.file("log"), log);
  if (!access) return;  // under torture
  proxy::RecordSink* sink = (*access)->add_sink();
  sink->record(sample());
  CHECK(wait_until([&] { return lines_of(folder.file("log")).size() == 1; }));
  std::filesystem::rename(folder.file("log"), folder.file("log.1"));
  (*access)->reopen();
  CHECK(wait_until([&] { return std::filesystem::exists(folder.file("log")); }));
  sink->record(sample());
  access->reset();
  CHECK(lines_of(folder.file("log.1")).size() == 1);
  CHECK(lines_of(folder.file("log")).size() == 1);
}

TEST_CASE("a full disk is counted") {
  Log log(config::LogLevel::off);
  auto access = AccessLog::open("/dev/full", log);
  if (!access) return;  // under torture
  proxy::RecordSink* sink = (*access)->add_sink();
  for (int i = 0; i < 100; ++i) sink->record(sample());
  CHECK(wait_until([&] { return (*access)->totals().lost == 100; }));
  CHECK((*access)->totals().errors >= 1);
  CHECK((*access)->totals().lines == 0);
}

TEST_CASE(
    "a reader that stops reading costs lines, and neither a worker nor the end waits for it") {
  Folder folder;
  const std::string path = folder.file("fifo");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const Fd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(reader.valid());
  Log log(config::LogLevel::off);
  auto access = AccessLog::open(path, log);
  if (!access) return;  // under torture
  proxy::RecordSink* sink = (*access)->add_sink();
  const size_t count = 4 * AccessLog::ring_slots;
  for (size_t i = 0; i < count; ++i) sink->record(sample());
  CHECK((*access)->totals().dropped > 0);
  const SystemClock clock;
  const int64_t began_ns = clock.now_ns();
  access->reset();
  CHECK(clock.now_ns() - began_ns < 5 * ns_per_s);
}

TEST_CASE("a log that cannot be opened says so") {
  Log log(config::LogLevel::off);
  const auto access = AccessLog::open("/nonexistent/log", log);
  REQUIRE_FALSE(access);
  CHECK(access.error().message.view().starts_with("access log /nonexistent/log: "));
}

}  // namespace
}  // namespace zest::zproxy
