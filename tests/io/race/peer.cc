#include "io/race/peer.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/race/race.h"

namespace zest::race {

using io::Completion;

void Peer::connect() {
  fd_ = test::unconnected();
  client_ = true;
  id_ = race_.next_id();
  out_.begin(id_, Direction::to_server);
  in_.begin(id_, Direction::to_client);
  const sys::Address& address = race_.some_address();
  race_.loop().connect(connect_op_, fd_.get(), address.get(), address.size());
  ++race_.totals_.started;
}

void Peer::serve(Fd fd) {
  fd_ = std::move(fd);
  client_ = false;
  id_ = 0;
  open_ = true;
  go_on();
}

void Peer::close() {
  if (free()) return;
  closing_ = true;
  for (io::Op* op : {&connect_op_, &receive_op_, &send_op_}) race_.cancel(*op);
  go_on();
}

void Peer::cancel_some() {
  if (race_.chance(8)) return close();
  io::Op* const ops[] = {&connect_op_, &receive_op_, &send_op_};
  race_.cancel(*ops[race_.pick(3)]);
}

void Peer::connected(Completion completion) noexcept {
  open_ = completion.result == 0;
  after(connect_op_, completion);
}

void Peer::received(Completion completion) noexcept {
  const auto size = static_cast<size_t>(std::max(completion.result, 0));
  if (receive_size_ == 0) {
    look_at(completion.buffer.bytes());
  } else {
    look_at(std::span(memory_).first(size));
    memory_.fill(untouched);
  }
  after(receive_op_, completion);
}

void Peer::sent(Completion completion) noexcept {
  const auto size = static_cast<size_t>(std::max(completion.result, 0));
  const size_t of_id = client_ ? std::min(size, sizeof id_ - id_bytes_) : 0;
  id_bytes_ += of_id;
  out_.advance(size - of_id);
  after(send_op_, completion);
}

// An operation that was only cancelled has done nothing, and may be followed by the next like it.
void Peer::after(const io::Op& op, const Completion& completion) {
  race_.note_end(op, completion);
  const bool cancelled = completion.result == -ECANCELED && open_;
  const bool useless = completion.result < 0 || (completion.result == 0 && &op != &connect_op_);
  if (useless && !(cancelled && race_.chance(2))) close();
  if (race_.chance(8)) race_.disturb();
  if (!completion.more) go_on();
}

void Peer::go_on() {
  if (free()) return;
  if (closing_) return finish();
  if (!open_) return;
  if (!receive_op_.in_flight()) start_receiving();
  // In a calm time not always: an end that waits in vain is what a cancel has to find.
  if (!send_op_.in_flight() && (race_.busy() || race_.chance(2))) start_sending();
}

void Peer::start_receiving() {
  receive_size_ = race_.chance(2) ? 0 : 1 + race_.pick(memory_.size());
  ++race_.totals_.started;
  if (receive_size_ == 0) return race_.loop().recv_pooled(receive_op_, fd_.get());
  if (std::ranges::any_of(memory_, [](std::byte byte) { return byte != untouched; }))
    ++race_.totals_.wrong;  // written after the operation had ended
  race_.loop().recv(receive_op_, fd_.get(), std::span(memory_).first(receive_size_));
}

void Peer::start_sending() {
  if (!client_ && id_bytes_ < sizeof id_) return;  // it does not know what yet
  const size_t of_id = client_ ? sizeof id_ - id_bytes_ : 0;
  const size_t size = of_id + 1 + race_.pick(outgoing_.size() - of_id);
  memcpy(outgoing_.data(), reinterpret_cast<const std::byte*>(&id_) + id_bytes_ * (of_id > 0),
         of_id);
  out_.fill(std::span(outgoing_).subspan(of_id, size - of_id));
  race_.loop().send(send_op_, fd_.get(), std::span(outgoing_).first(size));
  ++race_.totals_.started;
}

void Peer::look_at(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  race_.totals_.bytes += bytes.size();
  if (!client_ && id_bytes_ < sizeof id_) bytes = learn_id(bytes);
  if (!in_.follows(bytes)) ++race_.totals_.wrong;
}

std::span<const std::byte> Peer::learn_id(std::span<const std::byte> bytes) {
  const size_t size = std::min(bytes.size(), sizeof id_ - id_bytes_);
  memcpy(reinterpret_cast<std::byte*>(&id_) + id_bytes_, bytes.data(), size);
  id_bytes_ += size;
  if (size > 0 && id_bytes_ == sizeof id_) {
    if (!race_.claim(id_)) ++race_.totals_.wrong;
    in_.begin(id_, Direction::to_server);
    out_.begin(id_, Direction::to_client);
  }
  return bytes.subspan(size);
}

// The number is free with the close, and a client takes it again at once.
void Peer::finish() {
  if (connect_op_.in_flight() || receive_op_.in_flight() || send_op_.in_flight()) return;
  if (!race_.chance(32)) test::reset_on_close(fd_);
  race_.loop().close(std::move(fd_));
  open_ = closing_ = false;
  id_bytes_ = 0;
  if (client_ && !race_.ending_) connect();
}

}  // namespace zest::race
