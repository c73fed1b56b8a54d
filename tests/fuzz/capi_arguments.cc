// What the player passes: structs, mostly sound, and addresses.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "base/assert.h"
#include "capi_player.h"

namespace zest::fuzz {
namespace {

Fd bound_socket(int type) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  ZEST_ASSERT(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

constexpr const char* addresses[] = {"127.0.0.1:0",          "[::1]:0",         ":0",
                                     "unix:@zest-capi-fuzz", "unix:/proc/zest", "127.0.0.1:",
                                     "192.0.2.1:1",          "127.0.0.1:0",     "nonsense"};

}  // namespace

void Scratch::fill(FuzzedDataProvider& input) {
  clear();
  const auto bytes = input.ConsumeBytes<char>(input.ConsumeIntegralInRange<size_t>(0, 600));
  std::ranges::copy(bytes, as<char>());
}

// Mostly what it should be.
uint32_t Player::struct_size(size_t known) {
  switch (input_.ConsumeIntegralInRange(0, 15)) {
    case 0: return input_.ConsumeIntegral<uint32_t>();
    case 1: return input_.ConsumeIntegralInRange<uint32_t>(0, Scratch::element_max);
    case 2: return static_cast<uint32_t>(known) + 8;
    case 3: return static_cast<uint32_t>(known) - 8;
    default: return static_cast<uint32_t>(known);
  }
}

void Player::fill_options() {
  auto* options = options_.as<zest_socket_options>();
  options_.clear();
  if (input_.ConsumeBool()) options_.fill(input_);
  options->struct_size = struct_size(sizeof *options);
}

// Never an fd of somebody else's: a new one, a duplicate of one listed before, or none.
void Player::fill_config(size_t index, size_t stride) {
  auto* config = structs_.at<zest_listener_config>(index, stride);
  config->flags = input_.ConsumeBool() ? 0 : input_.ConsumeIntegral<uint8_t>() & 15;
  config->listener_id = input_.ConsumeIntegralInRange<uint64_t>(0, 3);
  config->protocol = input_.ConsumeIntegralInRange<uint32_t>(0, 3);
  config->unix_mode = input_.ConsumeBool() ? 0 : input_.ConsumeIntegral<uint16_t>();
  config->reserved = input_.ConsumeIntegralInRange(0, 31) == 0;
  addresses_[index] = input_.ConsumeIntegralInRange(0, 7) == 0
                          ? input_.ConsumeRandomLengthString(200)
                          : input_.PickValueInArray(addresses);
  config->address = input_.ConsumeIntegralInRange(0, 31) == 0 ? nullptr : addresses_[index].c_str();
  config->socket_options =
      input_.ConsumeIntegralInRange(0, 3) == 0 ? options_.as<zest_socket_options>() : nullptr;
  config->fd = -1;
  if (config->flags & ZEST_LISTENER_ADOPT_FD)
    config->fd = bound_socket(input_.ConsumeBool() ? SOCK_STREAM : SOCK_DGRAM).release();
  if (index > 0 && input_.ConsumeIntegralInRange(0, 15) == 0) {
    const int earlier = structs_.at<zest_listener_config>(index - 1, stride)->fd;
    if (config->fd >= 0) ::close(config->fd);
    config->fd = earlier;
  }
}

void Player::fill_settings() {
  constexpr uint32_t threads[] = {1, 1, 2, 0, 1025, UINT32_MAX};
  constexpr uint32_t capacities[] = {0, 1, 2, 64, 1048577};
  constexpr uint32_t backlogs[] = {0, 1, 5, INT32_MAX, UINT32_MAX};
  auto* settings = settings_.as<zest_settings>();
  settings_.clear();
  settings->struct_size = struct_size(sizeof *settings);
  settings->flags = input_.ConsumeBool() ? 0 : input_.ConsumeIntegralInRange<uint32_t>(0, 17);
  settings->threads_per_address = input_.PickValueInArray(threads);
  settings->backlog = input_.PickValueInArray(backlogs);
  settings->queue_capacity = input_.PickValueInArray(capacities);
  settings->steering = input_.ConsumeIntegralInRange<uint32_t>(0, 3);
  settings->backend = input_.ConsumeIntegralInRange<uint32_t>(0, 3);
  if (input_.ConsumeBool()) settings->socket_options = options_.as<zest_socket_options>();
}

}  // namespace zest::fuzz
