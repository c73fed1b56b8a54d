// A connection that has been accepted, and is not yet known for what it is: a header of the PROXY
// protocol is read, and a ClientHello looked at, before anybody else sees a byte; and where the
// host speaks protocols of his own, he is asked for whom the first bytes are.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/list.h"
#include "io/loop.h"
#include "preface/proxy_header.h"
#include "proxy/counters.h"
#include "sys/packed_address.h"

namespace zest::proxy {

class HookTicket;
class Listener;
class Worker;
struct HostProtocol;

// What is known of who has come, besides the socket.
struct Visitor {
  sys::Address client;
  std::unique_ptr<sys::PackedAddress> destination;  // as a PROXY header names it
  size_t upstream = SIZE_MAX;                       // mode tcp: where it goes
  std::string server_name;                          // as TLS asks for it
  bool passed_on = false;  // by a proxy that names nobody: the bytes are not its own
};

class Arrival : public ListNode {
 public:
  Arrival(Worker& worker, Listener& listener, Fd fd, const sys::Address& peer);

  // Somebody who comes from there is looked at before it is served.
  static bool wanted(const Worker& worker, const Listener& listener, const sys::Address& peer);
  // It says first who it is: until then nobody has come.
  static bool announces(const Listener& listener, const sys::Address& peer);

  void begin();
  void close();  // at once; frees it, soon

 private:
  enum class Stage : uint8_t {
    header,
    hello,
    protocol,  // the host is asked whether it is his
    offered,   // he is to take it
    known,
    refused,
    closing,
  };

  void look();
  bool looking() const {
    return stage_ == Stage::header || stage_ == Stage::hello || stage_ == Stage::protocol;
  }
  Stage after_header();
  void set_deadline(uint32_t timeout_ms);
  size_t look_at(std::string_view bytes);
  size_t read_header(std::string_view bytes);
  void take_header(const preface::ProxyHeader& header);
  size_t read_hello(std::string_view bytes);
  void route(std::string_view name);
  size_t read_protocol(std::string_view bytes);
  void offer(const HostProtocol& protocol);
  void wait(size_t need, size_t arrived);
  void readable(io::Completion completion) noexcept;
  void expired() noexcept;
  Timeout late_for() const;
  void refuse(Refused why);
  void hand_over();
  void bury();

  Worker& worker_;
  Listener& listener_;
  Fd fd_;
  Stage stage_ = Stage::header;
  bool admitted_;  // as one of its address
  bool ended_ = false;
  bool spoke_ = false;  // a byte has come for whom the host was asked
  Visitor visitor_;
  HookTicket* ticket_ = nullptr;  // offered
  int64_t deadline_ns_ = 0;
  size_t seen_ = 0;
  size_t wakes_at_ = 1;
  io::Op poll_{this, io::Op::method<&Arrival::readable>};
  io::Timer timer_{this, io::Timer::method<&Arrival::expired>};
};

}  // namespace zest::proxy
