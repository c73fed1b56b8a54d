// A proxy in this process, between an origin with a script and clients with plain sockets:
//
//   Stage stage(kind, answering(ok("hello")));
//   Client client(stage);
//   client.send(get("/"));
//   CHECK(client.answer().body == "hello");
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "proxy/origin.h"
#include "proxy/proxy.h"
#include "support/backends.h"

namespace zest::test {

using io::BackendKind;
using Change = std::function<void(proxy::Config&)>;

// One listener on a free port of 127.0.0.1, one group "app" with one origin, one route to it.
proxy::Config config_for(BackendKind kind, const sys::Address& origin);
std::unique_ptr<proxy::Proxy> started(proxy::Config config, proxy::RecordSink* sink = nullptr,
                                      proxy::Host host = {});

// What the log would say of each exchange.
class Notes final : public proxy::RecordSink {
 public:
  struct Note {
    int status;
    bool cut;
    proxy::Timeout timeout;
    proxy::Limit limit;
    std::string method, target, why;
    proxy::TunnelEnd tunnel;
    std::string client, host, upstream;
    uint64_t bytes_in, bytes_out;
    int64_t duration_ns;
  };
  void record(const proxy::Record& record) noexcept override;
  std::vector<Note> all() const;
  Note last() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Note> notes_;
};

struct Stage {
  Stage(BackendKind kind, Origin::Script script, const Change& change = {}, proxy::Host host = {});

  sys::Address address() const { return proxy->report().listeners.at(0).address; }
  proxy::Snapshot now() const { return proxy->snapshot(); }
  uint64_t hit(proxy::Limit limit) const;
  uint64_t fired(proxy::Timeout timeout) const;
  // No connection of a client is left, and none to the origin is in use.
  bool at_rest() const;

  Origin origin;
  Notes notes;
  std::unique_ptr<proxy::Proxy> proxy;
};

class Client : public Wire {
 public:
  explicit Client(const Stage& stage) : Client(stage.address()) {}
  explicit Client(const sys::Address& proxy) : Client(connected_to(proxy)) {}
  explicit Client(Fd connected) : Wire(std::move(connected)) {}

  Message answer() { return message(Kind::answer); }
  Message answer_to_head() { return message(Kind::answer_to_head); }
};

// One request on a connection of its own.
Message ask(const Stage& stage, std::string_view request);

bool eventually(const std::function<bool()>& condition);

}  // namespace zest::test
