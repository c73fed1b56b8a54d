// Urgent data on the way: it is passed on as what it is to everybody else, bytes at their place.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <string>

#include "tunnel/far_end.h"
#include "tunnel/joined.h"

namespace zest::tunnel {
namespace {

using namespace zest::test;

// So that a long transfer is seen as one.
constexpr io::BufferOptions large{.count = 64, .size = 65'536};

bool splices(const JoinedOptions& options) {
  return options.choice == EngineChoice::splice || options.choice == EngineChoice::automatic;
}

void say_urgently(const Fd& fd, std::string_view bytes) {
  REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_OOB) > 0);
}

std::string long_text() { return pattern(4 << 20); }

// As much at a time as is taken: where it may, it goes through a pipe.
bool carries(Joined& joined, std::string_view text) {
  std::string heard;
  size_t said = 0;
  const bool all = turns_until(joined, [&] {
    for (ssize_t n = 1; n > 0 && said < text.size(); said += n > 0 ? static_cast<size_t>(n) : 0)
      n = ::send(joined.a.get(), text.data() + said, text.size() - said, MSG_DONTWAIT);
    char piece[16'384];
    for (ssize_t n; (n = ::recv(joined.b.get(), piece, sizeof piece, MSG_DONTWAIT)) > 0;)
      heard.append(piece, static_cast<size_t>(n));
    return heard.size() >= text.size() || joined.over;
  });
  return all && heard == text;
}

}  // namespace

TEST_SUITE_BEGIN("no-torture");

TEST_CASE("what is urgent, and what comes behind it, arrives") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.buffers = large;
    Joined joined(kind, options);
    joined.start();
    REQUIRE(carries(joined, long_text()));
    CHECK((joined.engines->counters().spliced > 0) == splices(options));
    for (int i = 0; i < 3; ++i) {
      say_urgently(joined.a, "ab!");
      CHECK(hears(joined, joined.b, "ab!"));
      say_urgently(joined.a, "!");
      write_all(joined.a, "after");
      CHECK(hears(joined, joined.b, "!after"));
    }
    CHECK(carries(joined, long_text()));
    joined.tunnel->cancel();
    CHECK(joined.ends());
  });
}

TEST_CASE("an end behind what is urgent hides nothing") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.buffers = large;
    Joined joined(kind, options);
    joined.start();
    REQUIRE(carries(joined, long_text()));
    CHECK((joined.engines->counters().spliced > 0) == splices(options));
    say_urgently(joined.a, "!");
    const std::string rest = pattern(100'000, 1);
    write_all(joined.a, rest);
    shut(joined.a);
    shut(joined.b);
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::done);
    CHECK(joined.ended().bytes[0] == long_text().size() + 1 + rest.size());
    joined.end();
    CHECK((read_all(joined.b).text == "!" + rest));
  });
}

TEST_CASE("urgent data without end is no life of its own: the idle deadline comes") {
  on_each_engine([](io::BackendKind kind, JoinedOptions options) {
    options.buffers = large;
    options.limits.idle_timeout_ms = 600;
    Joined joined(kind, options);
    joined.start();
    REQUIRE(carries(joined, long_text()));
    CHECK((joined.engines->counters().spliced > 0) == splices(options));
    say_urgently(joined.a, "!");
    CHECK(joined.ends());
    CHECK(joined.ended().end == End::idle_timeout);
    joined.end();
    CHECK(read_all(joined.b).text == "!");
  });
}

TEST_CASE("what is urgent when a tunnel joins the kernel's map is counted") {
  on_each_engine([](io::BackendKind kind, const JoinedOptions& options) {
    if (options.choice != EngineChoice::sockmap) return;
    for (int i = 0; i < 30; ++i) {
      Joined joined(kind, options);
      say_urgently(joined.a, "!");
      write_all(joined.a, "after");
      joined.start();
      say_urgently(joined.a, "ab!");
      CHECK(hears(joined, joined.b, "!afterab!"));
      shut(joined.a);
      shut(joined.b);
      CHECK(joined.ends());
      CHECK(joined.ended().end == End::done);
      CHECK(joined.ended().bytes[0] == 9);
    }
    CHECK(options.sockmap->usable());
  });
}

TEST_CASE("where the kernel's map can't be had a long transfer goes through a pipe all the same") {
  on_each_backend([](io::BackendKind kind) {
    Joined joined(kind, {.choice = EngineChoice::sockmap, .buffers = large});
    joined.start();
    CHECK(carries(joined, long_text()));
    CHECK(joined.engines->counters().spliced > 0);
  });
}

TEST_SUITE_END();

}  // namespace zest::tunnel
