// F1: each side closes, resets or stalls after every byte of an exchange. The messages are short,
// and 400 bytes each way in the long form, which is exhaustive: 4,800 runs a side and backend.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/apart.h"
#include "support/torture.h"

namespace zest::test {
namespace {

enum class How { closes, resets, stalls };

// Longer than a peer that does its part takes to do it, and as many runs wait for it.
constexpr uint32_t moment_ms = __has_feature(thread_sanitizer) ? 60 : 20;

const Change impatient = [](proxy::Config& config) {
  proxy::Timeouts& timeouts = config.listeners[0].timeouts;
  timeouts.head_ms = timeouts.body_ms = timeouts.linger_ms = moment_ms * 3 / 4;
  timeouts.idle_ms = tortured() ? 80 : 200;  // a slow machine's first byte comes before that
  config.upstreams[0].first_byte_timeout_ms = moment_ms;
  config.upstreams[0].between_bytes_timeout_ms = moment_ms;
};

struct Exchange {
  const char* name;
  std::string request;
  std::string answer;
  bool until_end = false;  // the answer's end is the connection's
  bool upgrade = false;    // what follows the answer's head is a tunnel's
};

// With a field that makes it as long as it is to be.
std::string padded(std::string message) {
  constexpr size_t wanted = 400;
  const std::string name = "X-Pad: ";
  const size_t own = message.size() + name.size() + 2;
  if (!long_form() || own >= wanted) return message;
  return message.insert(message.find("\r\n") + 2, name + std::string(wanted - own, 'p') + "\r\n");
}

std::vector<Exchange> exchanges() {
  std::vector<Exchange> made = {
      {.name = "a length", .request = post("some text"), .answer = ok("some text", "X-A: b\r\n")},
      {.name = "chunked",
       .request = post_chunked("some text", 4),
       .answer = ok_chunked("some text", 4)},
      {.name = "until the end",
       .request = get("/", "X-A: b\r\n"),
       .answer = "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nsome text",
       .until_end = true},
      {.name = "upgrade",
       .request = get("/", "Connection: Upgrade\r\nUpgrade: x\r\n"),
       .answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"
                 "some text",
       .upgrade = true}};
  for (Exchange& each : made) {
    each.request = padded(each.request);
    each.answer = padded(each.answer);
  }
  return made;
}

size_t step() { return tortured() ? 30 : 1; }

bool is_bystander(const Message& request) {
  return request.first_line().find("bystander") != std::string::npos;
}

// A machine that stands still for a moment fires the deadlines that are meant for a stalled peer:
// again, until they did not.
Message unhurried(auto converse) {
  Message answer = converse();
  for (int i = 0; i < 20 && answer.status() == 504 && !fault_fired(); ++i) answer = converse();
  return answer;
}

// Only a bystander's connections are left, and they work.
void all_is_well(const Stage& stage) {
  const Message answer = unhurried([&] { return ask(stage, get("/bystander")); });
  CHECK(answer.body == "good");
  CHECK(stage.at_rest());
}

// An origin that serves bystanders well, and others so far.
Origin::Script ends_after(const Exchange& exchange, const std::atomic<size_t>& bytes, How how) {
  return [&exchange, &bytes, how](Visit& visit) {
    for (Message request = visit.request(); !request.head.empty(); request = visit.request()) {
      if (is_bystander(request)) {
        visit.send(ok("good"));
        continue;
      }
      const size_t size = bytes;
      visit.send(exchange.answer.substr(0, size));
      const bool whole = size == exchange.answer.size() && !exchange.until_end && !exchange.upgrade;
      if (how == How::stalls && whole) continue;
      if (how == How::stalls) visit.read_all();
      if (how == How::resets) visit.reset();
      return;
    }
  };
}

// What a client may see of an answer that ended after so many bytes.
void judge(const Exchange& exchange, How how, size_t bytes, const Message& answer) {
  const size_t head_size = exchange.answer.find("\r\n\r\n") + 4;
  const bool in_order = how == How::closes || !exchange.until_end;
  if (bytes < head_size) {
    CHECK((answer.status() == 502 || answer.status() == 504));
    CHECK(answer.whole);
  } else if (exchange.upgrade) {
    // A reset may overtake it.
    CHECK((answer.status() == 101 || (how == How::resets && answer.status() == 502)));
  } else if (bytes == exchange.answer.size() && in_order) {
    CHECK(answer.whole);
    CHECK(answer.body == "some text");
  } else if (exchange.until_end && in_order) {
    CHECK(answer.whole);  // that is its nature
  } else {
    CHECK(!answer.whole);
  }
  if (answer.status() == 200) CHECK(std::string("some text").starts_with(answer.body));
}

size_t origin_ends(BackendKind kind, const Exchange& exchange, How how) {
  std::atomic<size_t> bytes{0};
  Stage stage(kind, ends_after(exchange, bytes, how), impatient);
  size_t runs = 0;
  for (bytes = 0; bytes <= exchange.answer.size(); bytes += step()) {
    CAPTURE(bytes.load());
    const auto converse = [&] {
      const int64_t began_ns = system_clock().now_ns();
      Client client(stage);
      client.send(exchange.request);
      Message answer = client.answer();
      CHECK(system_clock().now_ns() - began_ns < 5 * ns_per_s);
      return answer;
    };
    const bool early = bytes < exchange.answer.find("\r\n\r\n") + 4;
    judge(exchange, how, bytes, early ? converse() : unhurried(converse));
    ++runs;
  }
  all_is_well(stage);
  return runs;
}

void serve_whole(Visit& visit, const Exchange& exchange) {
  for (Message request = visit.request(); request.whole; request = visit.request()) {
    CHECK((request.body.empty() || request.body == "some text"));
    const bool bystander = is_bystander(request);
    visit.send(bystander ? ok("good") : exchange.answer);
    if (!bystander && exchange.until_end) return;
  }
}

size_t client_ends(BackendKind kind, const Exchange& exchange, How how) {
  Stage stage(kind, [&](Visit& visit) { serve_whole(visit, exchange); }, impatient);
  size_t runs = 0;
  for (size_t bytes = 0; bytes <= exchange.request.size(); bytes += step(), ++runs) {
    CAPTURE(bytes);
    const auto converse = [&] {
      Client client(stage);
      client.send(exchange.request.substr(0, bytes));
      if (how == How::resets) client.reset();
      if (how == How::closes) client.finish();
      return how == How::resets ? Message() : client.answer();
    };
    const Message answer = unhurried(converse);
    if (how == How::resets) continue;
    if (bytes == exchange.request.size()) {
      CHECK(answer.whole);
      CHECK((exchange.upgrade ? answer.status() == 101 : answer.body == "some text"));
    } else if (how == How::stalls && bytes > 0) {
      CHECK(answer.status() == 408);
      CHECK(answer.whole);
    } else {
      CHECK(answer.head == "");
    }
  }
  all_is_well(stage);
  return runs;
}

void on_each_end(auto run) {
  size_t runs = 0;
  const std::vector<Exchange> all = exchanges();
  on_each_backend([&](BackendKind kind) {
    for (const Exchange& exchange : all) {
      CAPTURE(exchange.name);
      for (const How how : {How::closes, How::resets, How::stalls}) {
        CAPTURE(static_cast<int>(how));
        runs += run(kind, exchange, how);
      }
    }
  });
  MESSAGE(runs << " runs");
}

}  // namespace

TEST_CASE("an origin may end anywhere in its answer") { on_each_end(origin_ends); }

TEST_CASE("a client may end anywhere in its request") { on_each_end(client_ends); }

}  // namespace zest::test
