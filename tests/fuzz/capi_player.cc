#include "capi_player.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <thread>

#include "base/assert.h"

namespace zest::fuzz {
namespace {

constexpr size_t fds_max = 100;

// Every answer has a name, and is not a defect.
void sound(zest_status status) {
  ZEST_ASSERT(strcmp(zest_status_string(status), "unknown status") != 0);
  ZEST_ASSERT(status != ZEST_INTERNAL);
}

void sound(zest_status status, const zest_error& error) {
  sound(status);
  if (status == ZEST_OK) return;
  ZEST_ASSERT(error.code == status);
  ZEST_ASSERT(memchr(error.message, 0, sizeof error.message) && error.message[0]);
}

}  // namespace

Player::~Player() {
  for (zest_service*& service : services_) sound(zest_service_free(&service));
  for (zest_report*& report : reports_) sound(zest_report_free(&report));
}

void Player::play() {
  if (input_.ConsumeIntegralInRange(0, 15) != 0) return call();
  std::thread([this] { call(); }).join();
}

void Player::call() {
  switch (input_.ConsumeIntegralInRange(0, 13)) {
    case 0:
    case 1: return listen();
    case 2:
    case 3: return connect();
    case 4:
    case 5: return take();
    case 6:
    case 7: return take_from_shard();
    case 8: return look();
    case 9: return look_at_shard();
    case 10: return read_report();
    case 11: return pass();
    case 12: return end();
    default: return input_.ConsumeBool() ? free_one() : format_address();
  }
}

// A struct_size that zest can't believe leaves the fds to the caller, as the header says.
void Player::listen() {
  const size_t count = input_.ConsumeIntegralInRange<size_t>(0, Scratch::elements - 1);
  const uint32_t stride = struct_size(sizeof(zest_listener_config));
  const bool sane =
      stride >= sizeof(zest_listener_config) && stride <= Scratch::element_max && stride % 8 == 0;
  structs_.clear();
  fill_options();
  fill_settings();
  for (size_t i = 0; sane && i < count; ++i) {
    structs_.at<zest_listener_config>(i, stride)->struct_size = stride;
    fill_config(i, stride);
  }
  structs_.as<zest_listener_config>()->struct_size = stride;
  zest_service*& place = service();
  sound(zest_service_free(&place));
  zest_report*& rows = report();
  sound(zest_report_free(&rows));
  zest_error error{};
  const bool none = input_.ConsumeIntegralInRange(0, 31) == 0;
  const zest_status status =
      zest_listen(structs_.as<zest_listener_config>(), count,
                  input_.ConsumeBool() ? settings_.as<zest_settings>() : nullptr,
                  none ? nullptr : &place, &rows, &error);
  sound(status, error);
  if (rows) note_ports(rows);
}

void Player::note_ports(const zest_report* report) {
  size_t count = 0;
  sound(zest_report_count(report, &count));
  for (size_t i = 0; i < count; ++i) {
    zest_report_row row = ZEST_REPORT_ROW_INIT;
    sound(zest_report_row_get(report, i, &row));
    const bool tcp = row.status == ZEST_OK && row.protocol == ZEST_TCP;
    if (tcp && ports_.size() < 32) ports_.push_back(row.address.port);
  }
}

// A client that resets, so that no port is used up.
void Player::connect() {
  if (ports_.empty() || fds_.size() >= fds_max) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(ports_[input_.ConsumeIntegralInRange<size_t>(0, ports_.size() - 1)]);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  (void)::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  if (input_.ConsumeBool()) fds_.push_back(std::move(fd));
}

// What was taken is ours: it must be open, and is closed at the end.
void Player::keep(zest_connection* first, size_t count) {
  const uint32_t stride = first->struct_size;
  for (size_t i = 0; i < count; ++i) {
    const auto* got = outs_.at<zest_connection>(i, stride);
    ZEST_ASSERT(got->struct_size == stride);
    if (got->fd < 0) continue;
    ZEST_ASSERT(::fcntl(got->fd, F_GETFD) == FD_CLOEXEC);
    fds_.emplace_back(got->fd);
  }
}

void Player::take() {
  outs_.clear();
  auto* out = outs_.as<zest_connection>();
  out->struct_size = struct_size(sizeof *out);
  size_t count = 0;
  const size_t capacity = input_.ConsumeIntegralInRange<size_t>(0, Scratch::elements);
  zest_status status;
  if (input_.ConsumeBool()) {
    status = zest_next(service(), out, timeout());
    count = 1;
  } else {
    status = zest_next_batch(service(), out, capacity, &count, timeout());
  }
  sound(status);
  if (status == ZEST_OK) keep(out, count);
}

void Player::take_from_shard() {
  outs_.clear();
  auto* out = outs_.as<zest_connection>();
  out->struct_size = struct_size(sizeof *out);
  size_t count = 0;
  const size_t capacity = input_.ConsumeIntegralInRange<size_t>(0, Scratch::elements);
  zest_status status;
  if (input_.ConsumeBool()) {
    status = zest_shard_next(service(), shard(), out, timeout());
    count = 1;
  } else {
    status = zest_shard_next_batch(service(), shard(), out, capacity, &count, timeout());
  }
  sound(status);
  if (status == ZEST_OK) keep(out, count);
}

void Player::look() {
  const zest_service* of = service();
  int32_t fd = -1;
  const zest_status status = zest_service_event_fd(of, &fd);
  sound(status);
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  if (status == ZEST_OK) ZEST_ASSERT(::poll(&waiting, 1, 0) >= 0 && !(waiting.revents & POLLNVAL));
  uint32_t count = 0;
  sound(zest_shard_count(of, &count));
  outs_.fill(input_);
  auto* stats = outs_.as<zest_service_stats>();
  stats->struct_size = struct_size(sizeof *stats);
  sound(zest_stats(of, stats));
}

void Player::look_at_shard() {
  const zest_service* of = service();
  int32_t fd = -1;
  sound(zest_shard_event_fd(of, shard(), &fd));
  sound(zest_shard_set_load(of, shard(), input_.ConsumeIntegral<uint32_t>()));
  outs_.fill(input_);
  auto* stats = outs_.as<zest_shard_stats>();
  stats->struct_size = struct_size(sizeof *stats);
  sound(zest_shard_stats_get(of, shard(), stats));
}

void Player::read_report() {
  const zest_report* of = report();
  size_t needed = 0;
  std::vector<char> text(input_.ConsumeIntegralInRange<size_t>(0, 3000));
  sound(zest_report_text(of, text.data(), text.size(), &needed));
  outs_.fill(input_);
  auto* row = outs_.as<zest_report_row>();
  row->struct_size = struct_size(sizeof *row);
  sound(zest_report_row_get(of, input_.ConsumeIntegralInRange<size_t>(0, 5), row));
}

// Connections of any content to ourselves, and what comes back of them.
void Player::pass() {
  if (fds_.size() >= fds_max) return;
  int ends[2];
  const int type = input_.ConsumeBool() ? SOCK_STREAM : SOCK_SEQPACKET;
  ZEST_ASSERT(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd here(ends[0]);
  const Fd there(ends[1]);
  outs_.fill(input_);
  auto* sent = outs_.as<zest_connection>();
  sent->struct_size = struct_size(sizeof *sent);
  sent->fd = input_.ConsumeBool() ? here.get() : -1;
  size_t count = 0;
  zest_error error{};
  const zest_status status = zest_send_fds(there.get(), sent, 1, &count, 0, &error);
  sound(status, error);
  static zest_connection got[ZEST_FDS_PER_MESSAGE];
  got[0] = ZEST_CONNECTION_INIT;
  const zest_status received =
      zest_recv_fds(here.get(), got, ZEST_FDS_PER_MESSAGE, &count, 0, &error);
  sound(received, error);
  if (received == ZEST_OK)
    for (size_t i = 0; i < count; ++i) fds_.emplace_back(got[i].fd);
}

void Player::end() {
  outs_.clear();
  auto* receipt = outs_.as<zest_receipt>();
  receipt->struct_size = struct_size(sizeof *receipt);
  const zest_status status = zest_shutdown(service(), timeout(), receipt);
  sound(status);
  if (status == ZEST_OK || status == ZEST_TIMED_OUT)
    ZEST_ASSERT(receipt->accepted == receipt->handed_over + receipt->in_queue + receipt->refused);
}

void Player::free_one() {
  if (input_.ConsumeBool()) return sound(zest_service_free(&service()));
  sound(zest_report_free(&report()));
}

void Player::format_address() {
  outs_.fill(input_);
  std::vector<char> text(input_.ConsumeIntegralInRange<size_t>(0, 140));
  const zest_status status =
      zest_address_format(outs_.as<zest_address>(), text.data(), text.size());
  sound(status);
  if (status == ZEST_OK) ZEST_ASSERT(memchr(text.data(), 0, text.size()));
}

}  // namespace zest::fuzz
