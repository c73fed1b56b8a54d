#include "tls/kernel.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "sys/socket.h"

namespace zest::tls {
namespace {

// A session ticket is the longest that may come, and the kernel gives a record in parts.
constexpr size_t part_size = 1024;

// What the kernel says of a record that it does not open.
Alert alert_of(int os_errno) {
  switch (os_errno) {
    case EBADMSG: return Alert::bad_record_mac;
    case EMSGSIZE: return Alert::record_overflow;
    case EINVAL: return Alert::unexpected_message;
    default: return Alert::none;
  }
}

}  // namespace

// Receiving first: if that is refused nothing has changed yet.
std::expected<std::unique_ptr<Kernel>, Kernel::Refused> Kernel::take_over(int fd, Engine& engine) {
  const auto refused = [](const Error& error, bool lost) {
    return std::unexpected(Refused{.error = error, .lost = lost});
  };
  std::unique_ptr<Kernel> kernel(new (std::nothrow) Kernel(engine.serves()));
  if (!kernel) return refused(fail(Status::out_of_memory, "no memory").error(), false);
  if (!engine.kernel_may_take_over())
    return refused(fail(Status::wrong_mode, "not a connection for the kernel").error(), false);
  const Algorithms& algorithms = *engine.algorithms();
  if (auto attached = attach_kernel_tls(fd); !attached) return refused(attached.error(), false);
  if (auto given = give_keys(fd, Side::receives, algorithms, engine.incoming()); !given)
    return refused(given.error(), false);
  if (auto given = give_keys(fd, Side::sends, algorithms, engine.outgoing()); !given)
    return refused(given.error(), true);
  kernel->incoming_ = engine.incoming();
  kernel->outgoing_ = engine.outgoing();
  kernel->algorithms_ = engine.algorithms();
  kernel->facts_ = engine.take_facts();
  return kernel;
}

Kernel::Heard Kernel::hear(int fd, bool data_before) {
  if (data_before && !control_.data()) return refuse(fd, Alert::unexpected_message);
  std::array<std::byte, part_size> content;
  const auto record = receive_record(fd, content);
  if (!record) {
    const int error = record.error().os_errno;
    if (error == EAGAIN) return Heard::nothing;
    return refused_record(fd, error) ? Heard::failed : fail_with("no record came");
  }
  if (record->type == ContentType::application_data) return fail_with("data out of turn");
  return act(fd, control_.read(incoming_.version, record->type,
                               std::span<const std::byte>(content).first(record->size)));
}

// The kernel has made it the socket's error, too: taken from it, since nothing could be sent.
bool Kernel::refused_record(int fd, int os_errno) {
  const Alert alert = alert_of(os_errno);
  if (alert == Alert::none) return false;
  (void)sys::get_option(fd, SOL_SOCKET, SO_ERROR, "take a socket's error");
  send_alert(fd, AlertLevel::fatal, alert);
  fail_with(alert_words(static_cast<uint8_t>(alert)));
  return true;
}

Kernel::Heard Kernel::act(int fd, Control::Wish wish) {
  switch (wish) {
    case Control::Wish::nothing:
    case Control::Wish::tickets: return Heard::nothing;
    case Control::Wish::close: return Heard::ended;
    case Control::Wish::update: return update(fd, false);
    case Control::Wish::update_both: return update(fd, true);
    case Control::Wish::peer_failed: return fail_with(alert_words(control_.alert()));
    case Control::Wish::refuse: return refuse(fd, static_cast<Alert>(control_.alert()));
  }
  return fail_with("no such wish");
}

Kernel::Heard Kernel::fail_with(const char* why) {
  why_ = why;
  return Heard::failed;
}

Kernel::Heard Kernel::refuse(int fd, Alert alert) {
  send_alert(fd, AlertLevel::fatal, alert);
  return fail_with("a message against the protocol");
}

// Kernels from 6.14 on take other keys; before, EBUSY. Then what was asked of us cannot be done
// either, and is not announced.
Kernel::Heard Kernel::update(int fd, bool both) {
  if (!advance(*algorithms_, incoming_)) return fail_with("no memory");
  if (!give_keys(fd, Side::receives, *algorithms_, incoming_)) return Heard::finish;
  if (!both || closed_) return Heard::nothing;
  constexpr std::array message = {std::byte{24}, std::byte{0}, std::byte{0}, std::byte{1},
                                  std::byte{0}};
  // Without it the peer has no reason to give up: it goes on with the keys that it knows.
  if (!send_record(fd, ContentType::handshake, message)) return Heard::finish;
  if (!advance(*algorithms_, outgoing_)) return fail_with("no memory");
  return give_keys(fd, Side::sends, *algorithms_, outgoing_) ? Heard::nothing
                                                             : fail_with("keys refused");
}

bool Kernel::close(int fd) {
  if (!closed_) closed_ = send_alert(fd, AlertLevel::warning, Alert::close_notify);
  return closed_;
}

bool Kernel::send_alert(int fd, AlertLevel level, Alert alert) {
  const std::array content = {static_cast<std::byte>(level), static_cast<std::byte>(alert)};
  return send_record(fd, ContentType::alert, content).has_value();
}

}  // namespace zest::tls
