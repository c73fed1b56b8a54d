// What a TCP connection has carried so far, as the kernel counts it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace zest::sys {

// TCP itself, with nothing in the kernel (TLS) on top of it.
bool is_plain_tcp(int fd);

// Bytes that have arrived, ever; an end counts as one. Empty: it is no TCP, or out of memory.
std::optional<uint64_t> tcp_received(int fd);
// Bytes handed over for sending, ever: those acknowledged, and those that are not yet.
std::optional<uint64_t> tcp_written(int fd);
// No more than about so much is taken for sending that has not been sent; of TCP, as far as that
// can be had.
void tcp_limit_unsent(int fd, uint32_t bytes);
// Where something is not acknowledged yet: then it has to be in this time, also after a close.
void tcp_limit_rest(int fd, uint32_t timeout_ms);
// What arrives may take so much memory until it is read, and not ever more; with the rights for it.
void tcp_fix_received(int fd, uint32_t bytes);
// Its end has arrived, or a reset.
bool peer_has_ended(int fd);
// Its connection is no more: a reset, or both ends and all of it over.
bool tcp_closed(int fd);
// Bytes that wait to be read.
std::optional<size_t> tcp_unread(int fd);

}  // namespace zest::sys
