// A client's connection. While it has no exchange it is only this: no buffer, no session, no
// coroutine.
#pragma once

#include "http/parser.h"
#include "net/stream.h"
#include "preface/proxy_header.h"
#include "proxy/client_certificate.h"
#include "proxy/forwarded.h"
#include "proxy/handshakes.h"
#include "proxy/scratch.h"
#include "sys/packed_address.h"
#include "tls/layer.h"

namespace zest::proxy {

class Listener;
class Worker;

// A head that did not arrive at once.
struct PartialHead {
  Scratch bytes;
  http::RequestParser parser;
  int64_t began_ns = 0;
};

class Connection : public ListNode {
 public:
  Connection(Worker& worker, Listener& listener, Fd fd, const sys::Address& client);
  ~Connection();

  // Accepted: wait for the first request, with TLS for the end of the handshake before.
  void begin();
  void shake_hands(std::shared_ptr<const tls::ServerContext> context);
  void take_step();  // of the handshake: something for it has come
  // Mode tcp: to an origin, as it is. `server_name`: for the log.
  void pass_on(size_t upstream, std::string_view server_name);
  void set_destination(std::unique_ptr<sys::PackedAddress> named) {
    destination_ = std::move(named);
  }
  // What it says of those before it is not believed, whatever its address.
  void distrust() { trusted_ = false; }

  // The session's words at its end. Each may free the connection.
  void park();       // wait for another request
  void linger();     // our last answer is sent: close when the client has seen it
  void finish();     // the client asks no more: say so, too, and close
  void close();      // at once
  void make_room();  // it shakes hands, and others want to
  // The stream, and its place at the listener, are another's: this is freed.
  void hand_over();
  void reset_at_close();
  bool idle() const { return state_ == State::idle || state_ == State::shaking_hands; }
  bool lingers() const { return state_ == State::lingering; }
  bool encrypted() const { return encrypted_; }

  net::Stream& stream() { return stream_; }
  const net::Stream& stream() const { return stream_; }
  // What origins are told of it before anything else.
  preface::ProxyHeaderText proxy_header(preface::ProxyVersion version) const;
  Listener& listener() { return listener_; }
  sys::Address client() const { return client_.unpack(); }
  ClientFacts facts() const;  // but for the texts of ip and host
  CertificateFacts certificate() const;
  std::unique_ptr<PartialHead>& partial() { return partial_; }
  uint32_t requests() const { return requests_; }
  void count_request() { ++requests_; }

 private:
  enum class State : uint8_t {
    shaking_hands,
    idle,     // between two requests
    reading,  // a head has begun
    active,   // a session has it
    lingering,
    closing,
  };

  bool add_layer();
  void wait_for_step();
  void step_event() noexcept;
  void send_rest();
  void handshake_event() noexcept;
  void end_handshake();
  void refuse_handshake();
  void note_failed_handshake(const char* otherwise);
  void waiting_event() noexcept;
  void lingering_event() noexcept;
  void closing_event() noexcept;
  void expired() noexcept;
  void read();
  void pass_on_opened();
  void listen_to(void (*handler)(void*) noexcept) { stream_.on_event(this, handler); }
  void set_timer(uint32_t timeout_ms);

  template <void (Connection::*method)() noexcept>
  static void call(void* connection) noexcept {
    (static_cast<Connection*>(connection)->*method)();
  }

  Worker& worker_;
  Listener& listener_;
  net::Stream stream_;
  io::Timer timer_{this, io::Timer::method<&Connection::expired>};
  std::unique_ptr<Handshake> handshake_;  // while shaking_hands
  std::unique_ptr<PartialHead> partial_;
  std::unique_ptr<sys::PackedAddress> destination_;  // where the client went, if a proxy told us
  uint32_t requests_ = 0;
  State state_ = State::idle;
  bool trusted_;
  bool encrypted_ = false;
  bool handed_over_ = false;
  const sys::PackedAddress client_;
};

}  // namespace zest::proxy
