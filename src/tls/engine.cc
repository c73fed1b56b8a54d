#include "tls/engine.h"

#include <cstring>
#include <new>

namespace zest::tls {
namespace {

// What has come of it: "G", "GET /".
bool begins_with_a_method(std::span<const std::byte> bytes) {
  size_t size = 0;
  while (size < bytes.size() && bytes[size] >= std::byte{'A'} && bytes[size] <= std::byte{'Z'})
    ++size;
  return size > 0 && (size == bytes.size() || bytes[size] == std::byte{' '});
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::server(std::shared_ptr<const ServerContext> context) {
  auto handshake = Handshake::server(std::move(context));
  if (!handshake) return fail(handshake.error());
  std::unique_ptr<Engine> engine(new (std::nothrow) Engine(true));
  if (!engine) return fail(Status::out_of_memory, "no memory for a TLS connection");
  engine->handshake_ = std::move(*handshake);
  return engine;
}

Result<std::unique_ptr<Engine>> Engine::client(std::shared_ptr<const ClientContext> context,
                                               const std::string& name,
                                               std::shared_ptr<Resumption> resumption) {
  auto handshake = Handshake::client(std::move(context), name, std::move(resumption));
  if (!handshake) return fail(handshake.error());
  std::unique_ptr<Engine> engine(new (std::nothrow) Engine(false));
  if (!engine) return fail(Status::out_of_memory, "no memory for a TLS connection");
  engine->handshake_ = std::move(*handshake);
  engine->take_handshake({});
  return engine;
}

Engine::Opened Engine::open(std::span<std::byte> bytes) {
  if (bytes.empty()) return {.need = record_header_size};
  if (!check_header(bytes)) return {.taken = bytes.size()};
  if (bytes.size() < record_header_size) return {.need = record_header_size};
  const size_t size = read_header(bytes).record_size();
  if (bytes.size() < size) return {.need = size};
  begun_ = true;
  const std::span<std::byte> record = bytes.first(size);
  return state_ == State::handshake ? take_handshake(record) : take_record(record);
}

// As early as it can be told: a peer that speaks something else may wait for an answer.
bool Engine::check_header(std::span<const std::byte> bytes) {
  if (is_over()) return false;
  const auto type = static_cast<uint8_t>(bytes[0]);
  const bool known = type >= static_cast<uint8_t>(ContentType::change_cipher_spec) &&
                     type <= static_cast<uint8_t>(ContentType::application_data);
  const bool version = bytes.size() < 2 || bytes[1] == std::byte{3};
  if (!begun_ && serves_ && (bytes[0] != std::byte{22} || !version)) {
    not_tls_ = true;
    looks_like_http_ = begins_with_a_method(bytes);
    fail_with("no TLS");
    return false;
  }
  if (!known || !version) {
    refuse(Alert::unexpected_message, "no record of TLS");
  } else if (bytes.size() >= record_header_size && read_header(bytes).length > ciphertext_max) {
    refuse(Alert::record_overflow, "a record that is too long");
  }
  return !is_over();
}

Engine::OpenedAll Engine::open_all(std::span<std::byte> bytes) {
  OpenedAll all;
  while (all.taken < bytes.size()) {
    const Opened opened = open(bytes.subspan(all.taken));
    if (opened.taken == 0) {
      all.need = opened.need;
      break;
    }
    if (!opened.plain.empty())
      memmove(bytes.data() + all.plain, opened.plain.data(), opened.plain.size());
    all.plain += opened.plain.size();
    all.taken += opened.taken;
  }
  return all;
}

Engine::Opened Engine::take_handshake(std::span<std::byte> record) {
  const Handshake::Progress progress = handshake_->advance(record);
  Bytes output = handshake_->take_output();
  if (output_.empty()) {
    output_ = std::move(output);
  } else if (!output_.append(output.span())) {
    fail_with("no memory");
  }
  if (progress == Handshake::Progress::failed) fail_with(handshake_->why());
  if (progress == Handshake::Progress::done) become_open();
  return {.taken = record.size()};
}

void Engine::become_open() {
  algorithms_ = handshake_->algorithms();
  content_max_ = static_cast<uint16_t>(handshake_->content_max());
  facts_ = handshake_->take_facts();
  const bool started = opener_.start(*algorithms_, handshake_->incoming()) &&
                       sealer_.start(*algorithms_, handshake_->outgoing(), content_max_);
  if (!started) return fail_with("no memory");
  state_ = State::open;
  if (!handshake_->wants_tickets()) handshake_.reset();
}

// It must be shown to OpenSSL as it came, and is opened in place.
void Engine::keep_for_ticket(std::span<const std::byte> record) {
  ticket_.reset();
  if (!ticket_.append(record)) handshake_.reset();
}

Engine::Opened Engine::take_record(std::span<std::byte> record) {
  if (handshake_) keep_for_ticket(record);
  const Opener::Opened opened = opener_.open(record);
  Opened result{.taken = record.size()};
  if (opened.alert != Alert::none) {
    refuse(opened.alert, "a record that cannot be opened");
  } else if (opened.type == ContentType::application_data && !opened.content.empty()) {
    handshake_.reset();
    ticket_.reset();
    if (control_.data()) {
      result.plain = opened.content;
    } else {
      refuse(Alert::unexpected_message, "data in the middle of a message");
    }
  } else {
    act(control_.read(facts_->version, opened.type, opened.content));
  }
  return result;
}

void Engine::act(Control::Wish wish) {
  switch (wish) {
    case Control::Wish::nothing: break;
    case Control::Wish::close: ended_ = true; break;
    case Control::Wish::tickets:
      if (handshake_) handshake_->read_ticket(ticket_.span());
      break;
    case Control::Wish::update_both:
      if (update_ == Update::none) update_ = Update::ours;
      [[fallthrough]];
    case Control::Wish::update:
      handshake_.reset();
      if (!opener_.next_generation(*algorithms_)) fail_with("no memory");
      break;
    case Control::Wish::peer_failed: fail_with(alert_words(control_.alert())); break;
    case Control::Wish::refuse:
      refuse(static_cast<Alert>(control_.alert()), "a message against the protocol");
      break;
  }
}

void Engine::fail_with(const char* why) {
  if (state_ == State::failed) return;
  state_ = State::failed;
  why_ = why;
  update_ = Update::none;
}

void Engine::refuse(Alert alert, const char* why) {
  if (is_open() && !closed_) alert_ = alert;
  fail_with(why);
}

}  // namespace zest::tls
