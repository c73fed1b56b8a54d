// Whatever call fails once: nobody but its own exchange is harmed. Torture looks for crashes and
// leaks with a proxy for each failure; here one proxy meets all of them, one after the other.
#include <doctest/doctest.h>

#include "proxy/stage.h"
#include "support/apart.h"
#include "sys/fault.h"

namespace zest::test {
namespace {

#ifdef ZEST_FAULTS

namespace fault = sys::fault;

std::atomic<size_t> candidates{1};

struct Talk {
  const char* name;
  std::string request;
  Origin::Script script;
};

std::vector<Talk> talks() {
  return {{"small", get() + get(), answering(ok("x"))},
          {"chunked", post_chunked(std::string(20'000, 'a')), answering(ok_chunked("x"))},
          {"closing", post("abc", "Connection: close\r\n"), answering_once(ok("x"))},
          {"until the end", get(), answering_once("HTTP/1.1 200 OK\r\n\r\nx")},
          {"large", get(), answering(ok(std::string(300'000, 'x')))}};
}

// True: the call was reached, and failed.
bool talk_with_fault(const Stage& stage, const Talk& talk, uint64_t n, uint32_t variant) {
  fault::arm(n, variant);
  Client client(stage);
  client.send(talk.request);
  client.answer();
  client.close();
  const auto gone = [&] { return stage.now().connections == 0; };
  eventually(gone);  // so that its end is among the calls
  const bool fired = fault::fired() != nullptr;
  fault::arm(0);
  CHECK(eventually(gone));
  return fired;
}

void next_client_is_served(const Stage& stage) {
  const Message answer = ask(stage, get());
  CHECK(answer.status() == 200);
  CHECK(answer.whole);
  CHECK(stage.at_rest());
}

// Every call, each time in another way; in the long form in every way.
void survive_all(BackendKind kind, const Talk& talk) {
  Stage stage(kind, talk.script);
  fault::on_fire([](const char*, size_t count) noexcept { candidates = count; });
  uint64_t n = 1;
  for (int missed = 0; missed < 2; ++n) {
    const auto first = static_cast<uint32_t>(long_form() ? 0 : n);
    bool fired = false;
    candidates = 1;
    for (uint32_t i = 0; i < (long_form() ? candidates.load() : 1); ++i) {
      CAPTURE(n);
      CAPTURE(first + i);
      fired |= talk_with_fault(stage, talk, n, first + i);
      next_client_is_served(stage);
    }
    missed = fired ? 0 : missed + 1;
  }
  fault::on_fire(nullptr);
  CHECK(n > 10);
}

#endif

}  // namespace

#ifdef ZEST_FAULTS

TEST_CASE("whatever call fails, the next client is served" * doctest::test_suite("no-torture")) {
  on_each_backend([](BackendKind kind) {
    for (const Talk& talk : talks()) {
      CAPTURE(talk.name);
      survive_all(kind, talk);
    }
  });
}

#endif

}  // namespace zest::test
