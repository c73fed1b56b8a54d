// What a host changes in the heads of a request that he lets pass: what the origin gets of it, and
// the client.
#include <doctest/doctest.h>

#include "proxy/hook_changes.h"
#include "proxy/hook_host.h"

namespace zest::test {
namespace {

using proxy::HookChange;
using proxy::HookChanges;
using How = HookChange::How;
using Changes = std::initializer_list<HookChange>;

HookChange set(std::string_view name, std::string_view value) {
  return {.how = How::set, .field = {.name = name, .value = value}};
}
HookChange add(std::string_view name, std::string_view value) {
  return {.how = How::add, .field = {.name = name, .value = value}};
}
HookChange drop(std::string_view name) {
  return {.how = How::remove, .field = {.name = name, .value = {}}};
}

Status pass(HookHost& host, uint64_t id, Changes request, Changes answer = {}) {
  auto changes = std::make_unique<HookChanges>();
  auto edited = edit_request({request.begin(), request.size()}, changes->request);
  if (edited) edited = edit_answer({answer.begin(), answer.size()}, changes->answer);
  if (!edited) return edited.error().status;
  return HookHost::status_of(host.hooks.pass(id, std::move(changes)));
}

bool refused_in_request(const HookChange& change) {
  proxy::HookEdit edit;
  const auto done = edit_request({&change, 1}, edit);
  return !done && done.error().status == Status::invalid_argument;
}

bool refused_in_answer(const HookChange& change) {
  proxy::HookEdit edit;
  const auto done = edit_answer({&change, 1}, edit);
  return !done && done.error().status == Status::invalid_argument;
}

// A chunked message with one trailer.
std::string with_trailer(std::string_view first_line, std::string_view trailer) {
  return std::string(first_line) +
         "\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n" +
         std::string(trailer) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("the origin gets the fields that the host sets, adds and leaves over") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(
        get("/x", "X-User: root\r\nX_User: root\r\nx-user: admin\r\nCookie: c\r\nA: 1\r\n"));
    CHECK(pass(host, host.take().id,
               {set("X-User", "one"), add("A", "2"), drop("cookie"), drop("Never-There")}) ==
          Status::ok);
    CHECK(client.answer().body == "origin's");
    client.send(get("/y", "X-User: root\r\n"));
    CHECK(host.pass(host.take().id) == Status::ok);
    CHECK(client.answer().body == "origin's");
    const Message changed = host.stage.origin.request(0);
    CHECK(changed.field("X-User") == "one");
    CHECK(changed.count("X-User") == 1);
    CHECK(changed.count("X_User") == 0);
    CHECK(changed.count("A") == 2);
    CHECK(changed.count("Cookie") == 0);
    CHECK(host.stage.origin.request(1).field("X-User") == "root");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("the client gets the origin's answer with the host's fields, and only that one") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (const bool changed : {true, false}) {
      client.send(get());
      const uint64_t id = host.take().id;
      CHECK(pass(host, id, {},
                 changed ? Changes{set("Set-Cookie", "a=1"), add("Set-Cookie", "b=2"),
                                   set("Date", date), drop("X-Inner")}
                         : Changes{}) == Status::ok);
      const Message answer = client.answer();
      CHECK(answer.body == "origin's");
      CHECK(answer.count("Set-Cookie") == (changed ? 2 : 0));
      CHECK(answer.count("Date") == 1);
      CHECK((answer.field("Date") == date) == changed);
    }
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("a host's Host is the one that the origin sees") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    for (const bool sets_host : {false, true}) {
      host.stage.origin.requests();
      client.send(get("http://b.test/x"));
      CHECK(pass(host, host.take().id, sets_host ? Changes{set("Host", "c.test:81")} : Changes{}) ==
            Status::ok);
      CHECK(client.answer().body == "origin's");
      const Message seen = host.stage.origin.request(sets_host ? 1 : 0);
      CHECK(seen.field("Host") == (sets_host ? "c.test:81" : "b.test"));
      CHECK(seen.count("Host") == 1);
      CHECK(seen.field("X-Forwarded-Host") == "b.test");
    }
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("what is gone from a head does not come back as a trailer") {
  on_each_backend([](BackendKind kind) {
    Origin other([](Visit& visit) {
      while (visit.request().whole)
        visit.send(with_trailer("HTTP/1.1 200 OK", "X-Inner: secret\r\nX-Kept: 1"));
    });
    HookHost host(kind,
                  [&](proxy::Config& config) { config.upstreams[0].addrs = {other.address()}; });
    Client client(host.stage);
    client.send(with_trailer("POST / HTTP/1.1", "X-User: root\r\nX-Kept: 1"));
    CHECK(pass(host, host.take().id, {set("X-User", "one")}, {drop("X-Inner")}) == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.trailers.find("X-Inner") == std::string::npos);
    CHECK(answer.trailers.find("X-Kept: 1") != std::string::npos);
    const Message request = other.request(0);
    CHECK(request.field("X-User") == "one");
    CHECK(request.trailers.find("X-User") == std::string::npos);
    CHECK(request.trailers.find("X-Kept: 1") != std::string::npos);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("an origin's answer that never comes is answered without the host's fields") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind, [](proxy::Config& config) {
      config.upstreams[0].addrs = {sys::Address::parse("127.0.0.1:1").value()};
    });
    Client client(host.stage);
    client.send(get());
    CHECK(pass(host, host.take().id, {}, {set("X-Two", "2")}) == Status::ok);
    const Message answer = client.answer();
    CHECK(answer.status() == 502);
    CHECK(answer.count("X-Two") == 0);
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("fields that tell of clients are the proxy's alone") {
  on_each_backend([](BackendKind kind) {
    HookHost host(kind);
    Client client(host.stage);
    client.send(get());
    const uint64_t id = host.take().id;
    const auto names = proxy::CertificateFields();
    for (const std::string& name :
         {names.verified, names.subject, names.fingerprint, std::string("X_Forwarded_For")}) {
      CHECK(pass(host, id, {set(name, "yes")}) == Status::invalid_argument);
      CHECK(pass(host, id, {add(name, "yes")}) == Status::invalid_argument);
    }
    CHECK(pass(host, id, {set("X-One", "1")}) == Status::ok);
    CHECK(client.answer().body == "origin's");
    client.close();
    CHECK(host.at_rest());
  });
}

TEST_CASE("nothing that is changed can end a head, frame a body or be the proxy's own") {
  const std::string_view names[] = {
      "Connection", "content-length", "Transfer-Encoding", "Upgrade", "Trailer", "Keep-Alive", "TE",
      "Via"};
  for (const std::string_view name : names)
    for (const HookChange& change : {set(name, "x"), add(name, "x"), drop(name)}) {
      CAPTURE(name);
      CHECK(refused_in_request(change));
      CHECK(refused_in_answer(change));
    }
  for (const std::string_view name : {"X-Forwarded-For", "Forwarded", "Expect", "Max-Forwards"})
    CHECK(refused_in_request(set(name, "1")));
  for (const HookChange& change :
       {set("X", "a\r\nY: b"), set("X y", "a"), add("", "a"), drop("X:"), drop("")}) {
    CHECK(refused_in_request(change));
    CHECK(refused_in_answer(change));
  }
  for (const HookChange& change :
       {set("Host", ""), set("Host", "a b"), set("Host", "u@h"), add("Host", "h"), drop("Host")})
    CHECK(refused_in_request(change));
}

TEST_CASE("changes have limits: in number, in bytes, and one Host") {
  proxy::HookEdit edit;
  const std::vector<HookChange> many(257, drop("X"));
  CHECK(!edit_request(many, edit));
  CHECK(edit_request(std::span(many).first(256), edit));
  const std::string long_value(30'000, 'v');
  const std::vector<HookChange> large(3, add("X", long_value));
  proxy::HookEdit other;
  CHECK(!edit_answer(large, other));
  const HookChange hosts[] = {set("Host", "a"), set("Host", "b")};
  proxy::HookEdit hosted;
  CHECK(!edit_request(hosts, hosted));
}

}  // namespace zest::test
