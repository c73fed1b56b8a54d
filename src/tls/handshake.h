// One handshake, OpenSSL's: it is fed whole records, one by one, and what it writes is for sending.
// When it is done we have its keys and the exact count of records under them, and OpenSSL's state
// of the connection, some 12 KB and up to 60 with its buffers, can go.
#pragma once

#include "tls/client_context.h"
#include "tls/facts.h"
#include "tls/server_context.h"
#include "tls/traffic.h"

namespace zest::tls {

class Handshake {
 public:
  static Result<std::unique_ptr<Handshake>> server(std::shared_ptr<const ServerContext> context);
  // `name` is asked for and must stand in the origin's certificate: a DNS name or an IP address.
  // Empty, where nothing is verified: none.
  static Result<std::unique_ptr<Handshake>> client(std::shared_ptr<const ClientContext> context,
                                                   const std::string& name,
                                                   std::shared_ptr<Resumption> resumption);
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake();

  enum class Progress : uint8_t { more, done, failed };
  // A whole record, or none: the client begins without.
  Progress advance(std::span<const std::byte> record);
  const char* why() const { return why_; }  // it failed: a text that lives for ever

  // What is to be sent, taken away from here.
  Bytes take_output() { return std::exchange(wire_.out, {}); }

  // Once done.
  const Traffic& incoming() const { return incoming_; }
  const Traffic& outgoing() const { return outgoing_; }
  size_t content_max() const { return content_max_; }  // of a record of ours
  std::unique_ptr<Facts> take_facts() { return std::move(facts_); }
  const std::shared_ptr<const Algorithms>& algorithms() const { return common_->algorithms(); }

  // A client's, after it is done: the origin's session tickets come as records of their own. Those
  // that come before its first answer are shown to OpenSSL, so that it keeps the session.
  bool wants_tickets() const { return resumption_ != nullptr && is_tls13(); }
  void read_ticket(std::span<const std::byte> record);

  // For contexts and their callbacks.
  // `with_key_log`: its key schedule is OpenSSL's own, which tells us nothing.
  static void listen_to(ssl_ctx_st* context, bool with_key_log);
  static Handshake& of(const ssl_st* ssl);
  [[nodiscard]] bool note_server_name(std::string_view name);
  // A value of the key schedule, of whoever shakes hands on this thread.
  static void note_derived(std::string_view label, std::span<const std::byte> value);
  void note_key_log(std::string_view line);
  void note_record(bool written);
  void note_change(bool written);  // of TLS 1.2: what follows is under its keys

 private:
  class Running;
  explicit Handshake(std::shared_ptr<const Context> common) : common_(std::move(common)) {}

  Result<void> begin(ssl_ctx_st* context);
  Result<void> expect(const ClientContext& context, const std::string& name);
  bool is_tls13() const { return incoming_.version == Version::tls13; }
  void note_secret(bool clients, std::span<const std::byte> secret);
  Progress go_on();
  Progress finish();
  Progress fail_with(const char* why);
  const char* reason() const;
  bool settle();
  bool settle_tls12();
  bool note_facts();
  bool note_peer(x509_st& certificate);
  void keep_session();

  std::shared_ptr<const Context> common_;
  std::shared_ptr<const ClientContext> client_;
  std::shared_ptr<Resumption> resumption_;
  Bytes name_;  // that a client asked for; the facts may have been taken when a ticket comes
  Wire wire_;
  Owned<ssl_st> ssl_;
  std::unique_ptr<Facts> facts_;
  Traffic incoming_;
  Traffic outgoing_;
  size_t content_max_;
  bool knows_incoming_ = false;  // TLS 1.3: the secret of the application's data
  bool knows_outgoing_ = false;
  const char* why_ = "";
};

}  // namespace zest::tls
