// One client's exchanges, from a complete head until nothing more is asked for. Sessions are lent
// out by their worker, and used again.
//
// The way of a request is exchange(), from top to bottom; what it needs stands in heads.cc (what is
// read and written as heads), answers.cc (what we answer ourselves), session_hook.cc (what the host
// does), relay.h (bodies) and session_tunnel.cc (what is HTTP no more).
#pragma once

#include <optional>

#include "http/framing.h"
#include "http/serialize.h"
#include "io/waker.h"
#include "net/output.h"
#include "proxy/config.h"
#include "proxy/counters.h"
#include "proxy/hook_ticket.h"
#include "proxy/opening.h"
#include "proxy/record.h"
#include "proxy/relay.h"
#include "proxy/scratch.h"
#include "upstream/pool.h"

namespace zest::proxy {

class Connection;
class Worker;

class Session : public ListNode {
 public:
  explicit Session(Worker& worker);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Makes a head of what has arrived, if it is all there.
  http::Parse read_head(Connection& client);
  // It was, or it was refused: serve this client, until the session returns itself to the worker.
  void start(Connection& client);
  // It did not come in time: 408.
  void start_late(Connection& client);

  // Buffers have run out: whether it holds some, and how it is made to end.
  bool can_be_shed() const;
  void shed();

  io::FrameStack& frames() { return frames_; }

 private:
  // How an exchange leaves the client's connection.
  enum class After : uint8_t {
    next,
    last,   // the client said that it asks no more
    close,  // more may be under way, and is not read
    broken,
    tunnel,  // it is a tunnel's from now on
  };

  static constexpr size_t upgrade_size_max = 63;

  // What is known of the one exchange under way.
  struct Exchange {
    int64_t began_ns = 0;
    int64_t head_ns = 0;  // before: of a head that was refused, or came too late
    int64_t deadline_ns = never_ns;
    int64_t first_byte_ns = 0;
    uint64_t bytes_in = 0;
    uint64_t bytes_out = 0;
    uint16_t status = 0;
    bool keep_alive = false;  // the client's connection can be used again
    bool cut = false;
    Timeout timeout = Timeout::none;
    Limit limit = Limit::none;
    const char* why = "";
    const RouteConfig* route = nullptr;
    upstream::Pool* pool = nullptr;
    const upstream::Peer* peer = nullptr;
    bool reused = false;
    bool upgrades = false;  // it is asked for
  };

  // What became of asking an origin.
  enum class Asked : uint8_t {
    answered,
    switched,       // to another protocol
    no_connection,  // refused or not in time, by all that were tried
    no_fd,          // for a connection: another origin would not help
    died,           // ended or broke without an answer
    malformed,
    too_late,  // a deadline passed; the exchange says which
    client_gone,
    cancelled,
    body_refused,  // the request's body, while it was sent
  };

  io::Task<void> serve();
  io::Task<After> exchange();
  io::Task<Asked> ask();
  io::Task<Asked> read_answer();
  io::Task<Asked> pass_interim();
  io::Task<After> pass_answer();
  io::Task<After> switch_protocols();
  io::Task<After> connect();
  io::Task<void> upload();
  io::Task<void> end_request();
  io::Task<bool> ask_host(After& after);
  io::Task<Asked> decision_of(HookTicket& ticket);
  io::Task<After> answer_for_host(HookDecision& decision);
  io::Task<bool> send_body(std::string_view body);
  io::Task<bool> flush();
  io::Task<void> wait_until_sent();

  // session.cc
  void begin(Connection& client);
  void begin_exchange();
  void end_exchange(After after);
  void end(After after);
  bool next_head();
  int64_t within(uint32_t timeout_ms) const;
  bool understand_request();
  void note_request();
  void record(int64_t duration_ns);
  void describe(Record& record) const;
  void send_request();
  void begin_upload();
  bool small_answer_fits();
  After pass_small_answer();
  After end_answer(bool request_read);
  void release_link(bool reusable);
  int early_failure() const;
  bool may_ask_again(Asked asked) const;
  void client_event() noexcept;
  void link_in_event() noexcept;
  void link_out_event() noexcept;
  void client_out_event() noexcept;
  bool client_gone() const;
  bool client_leaves()
      const;  // after this exchange: we drain, or another configuration is in force
  bool shed_wanted() const { return exchange_.limit == Limit::buffers; }
  bool upload_failed();
  bool request_read() const { return !upload_runs_ && upload_end_ == RelayEnd::done; }
  void note_upload_end();
  void note_download_end(RelayEnd end);

  // heads.cc
  bool drop_empty_line(Connection& client);
  http::Parse read_partial(Connection& client);
  http::Parse refuse_head();
  void release_head();
  bool write_request_head();
  void write_request(http::Writer& writer);
  void write_host(http::Writer& writer);
  void write_max_forwards(http::Writer& writer);
  http::Parse parse_answer();
  void release_answer_head();
  size_t answer_head_room() const;
  bool write_answer_head(bool interim);
  void write_answer_fields(http::Writer& writer);
  bool chunk_for_client() const;

  // session_tunnel.cc
  void note_upgrade();
  bool switches() const;
  bool write_connected();
  After not_connected(int error);
  bool make_opening();
  void note_tunnel();

  // answers.cc
  After answer(uint16_t status, const char* why);
  void write_own_head(http::Writer& writer, uint16_t status, size_t size, bool whole);
  void end_own_head(http::Writer& writer, bool whole);
  After answer_refusal();
  After answer_failure(Asked asked);
  After answer_cut(RelayEnd end, const Relay& down);
  bool answers_itself(After& after);
  bool route_request();
  After send_to_https();
  void decide_keep_alive();

  // session_hook.cc
  bool has_hook() const { return !exchange_.route->hook.empty(); }
  HookTicket* open_ticket();
  std::span<const std::string> not_in_request_trailers() const;
  std::span<const std::string> not_in_answer_trailers() const;
  bool move_head();
  bool misses_host(After& after, Asked asked);
  bool write_host_head(const HookDecision& decision, size_t size, bool whole);
  void hook_decided() noexcept;

  template <void (Session::*method)() noexcept>
  static void call(void* session) noexcept {
    (static_cast<Session*>(session)->*method)();
  }

  // With hundreds of connections each look at a session misses the caches: so what every request
  // touches stands together, and what few do stands behind it.
  Worker& worker_;
  Connection* client_ = nullptr;
  upstream::Link* link_ = nullptr;
  http::Parse parsed_ = http::Parse::incomplete;
  bool head_in_place_ = false;  // the head stands in the client's input, not in its partial()
  bool answer_in_place_ = false;
  bool upload_runs_ = false;
  RelayEnd upload_end_ = RelayEnd::done;
  std::unique_ptr<HookChanges> changes_;  // by the host, of this exchange
  std::unique_ptr<Opening> opening_;
  io::FrameStack frames_;
  Exchange exchange_;
  http::Framing request_framing_;
  http::Framing answer_framing_;
  Scratch up_;       // the head for the origin
  Scratch down_;     // what is ready for the client
  Scratch partial_;  // an answer's head that did not arrive at once
  Scratch about_;    // method, target and host, for the log
  io::Waker waker_;
  http::ResponseHead answer_;
  http::RequestHead request_;
  Text<48> client_ip_;
  http::Refusal refusal_;
  std::optional<net::Output> out_;  // to the client
  std::optional<net::Output> origin_out_;

  io::Waker upload_waker_;
  std::optional<Relay> uploading_;
  Relay* downloading_ = nullptr;
  Text<upgrade_size_max + 1> upgrade_;  // the protocols asked for
  http::ResponseParser partial_parser_;
  uint32_t about_method_ = 0;
  uint32_t about_target_ = 0;

  // Room for every task that an exchange can wait in: none of them fails for want of memory.
  alignas(std::max_align_t) std::array<std::byte, 3072> frame_memory_;
};

}  // namespace zest::proxy
