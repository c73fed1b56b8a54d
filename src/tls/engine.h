// One connection's TLS over memory. Ciphertext is opened in place, record by record; plaintext is
// sealed into memory that the caller has, several records at once for one send. It allocates
// nothing for a record, and while a connection is idle it holds two ciphers' states, some 2 KB.
//
//   open(bytes) until it takes nothing more; whenever wants_to_send(): seal(..., into) and send
//   that.
#pragma once

#include <sys/uio.h>

#include "tls/control.h"
#include "tls/handshake.h"
#include "tls/opener.h"
#include "tls/sealer.h"

namespace zest::tls {

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> server(std::shared_ptr<const ServerContext> context);
  static Result<std::unique_ptr<Engine>> client(std::shared_ptr<const ClientContext> context,
                                                const std::string& name,
                                                std::shared_ptr<Resumption> resumption = {});
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  enum class State : uint8_t { handshake, open, failed };
  State state() const { return state_; }
  bool is_open() const { return state_ == State::open; }
  // close_notify came: the end of what the peer sends. An end without it is a truncation.
  bool ended() const { return ended_; }
  // Why it failed. In a log line: "<why>"; the texts live for ever.
  const char* why() const { return why_; }
  // The first bytes were no TLS: nothing was sent, and whatever it is may be answered as it is.
  bool not_tls() const { return not_tls_; }
  bool looks_like_http() const { return looks_like_http_; }  // then

  struct Opened {
    size_t taken = 0;            // a whole record from the front of the bytes; 0: need
    std::span<std::byte> plain;  // application data, within it
    size_t need = 0;             // so many bytes from the front, to go on
  };
  // `bytes` begin where a record does. Once it has failed or ended, all are taken and dropped.
  Opened open(std::span<std::byte> bytes);

  // Of all whole records the application data, moved together at the front of the bytes.
  struct OpenedAll {
    size_t plain = 0;  // so many bytes, from the front
    size_t taken = 0;  // what stands behind these is the beginning of a record
    size_t need = 0;   // its size, as far as it is known
  };
  OpenedAll open_all(std::span<std::byte> bytes);

  // There is something to send besides application data.
  bool wants_to_send() const;
  // Writes what wants_to_send(), then as much of `plain` as there is room for, which loses what was
  // taken of it. Returns the bytes written. Plaintext is taken while is_open().
  size_t seal(std::span<iovec>& plain, std::span<std::byte> into);
  // Room for so many bytes of plaintext, and what may be before them.
  static constexpr size_t sealed_size(size_t plain) {
    return plain + (plain / plaintext_max + 3) * record_overhead_max;
  }

  // The end of what the last seal() has written without any plaintext, for which there was no room:
  // it comes first the next time. False: it has failed for want of memory.
  [[nodiscard]] bool take_back(std::span<const std::byte> unsent);

  // We send no more: close_notify goes out with the next seal().
  void close();
  // The keys of what we send are renewed with the next seal(), and the peer is asked to do so too.
  void update_keys();

  // Once open.
  const Facts& facts() const { return *facts_; }

  // For the kernel (kernel.h): what protects the next record of each direction, now that nothing of
  // ours is to be sent, nor tickets to be waited for. Afterwards this engine is of no use.
  bool kernel_may_take_over() const;
  // The peer wants its records short; the kernel's are as long as it likes.
  bool wants_short_records() const { return content_max_ < plaintext_max; }
  bool serves() const { return serves_; }
  const Traffic& incoming() const { return opener_.traffic(); }
  const Traffic& outgoing() const { return sealer_.traffic(); }
  const std::shared_ptr<const Algorithms>& algorithms() const { return algorithms_; }
  std::unique_ptr<Facts> take_facts() { return std::move(facts_); }

 private:
  enum class Update : uint8_t { none, ours, both };

  // Nothing that comes is looked at any more.
  bool is_over() const { return state_ == State::failed || ended_; }
  explicit Engine(bool serves) : serves_(serves), control_(serves) {}

  Opened take_handshake(std::span<std::byte> record);
  Opened take_record(std::span<std::byte> record);
  void act(Control::Wish wish);
  void become_open();
  void keep_for_ticket(std::span<const std::byte> record);
  bool check_header(std::span<const std::byte> bytes);
  void fail_with(const char* why);
  void refuse(Alert alert, const char* why);
  size_t write_handshake(std::span<std::byte> into);
  size_t write_control(std::span<std::byte> into);
  size_t write_update(std::span<std::byte> into);
  size_t write_alert(std::span<std::byte> into);

  const bool serves_;
  State state_ = State::handshake;
  bool ended_ = false;
  bool not_tls_ = false;
  bool looks_like_http_ = false;
  bool begun_ = false;   // a record has come
  bool closed_ = false;  // we have sent, or are to send, our last record
  Update update_ = Update::none;
  Alert alert_ = Alert::none;  // to be sent
  Control control_;
  uint16_t content_max_ = plaintext_max;
  uint32_t sent_ = 0;                     // of output_
  Bytes output_;                          // of the handshake, and what was taken back
  std::unique_ptr<Handshake> handshake_;  // until it is done; a client's until the first data
  Bytes ticket_;                          // a record that may be one
  std::unique_ptr<Facts> facts_;
  std::shared_ptr<const Algorithms> algorithms_;
  Opener opener_;
  Sealer sealer_;
  const char* why_ = "";
};

}  // namespace zest::tls
