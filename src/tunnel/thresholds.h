// When a tunnel that chooses by itself goes another way. The runs behind the figures: Tunnels in
// docs/BENCHMARKS.md.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace zest::tunnel {

// Copied in pieces of this size, one after the other, for so many bytes: a long transfer. Through a
// pipe 16 KiB cost what they do copied, 64 KiB three quarters of it, transfers of 1 MiB two thirds.
// When in between it begins to pay to stop the receive for it is judged, not measured.
inline constexpr size_t bulk_piece = 32'768;
inline constexpr uint32_t bulk_run = 512 * 1024;

// So many small fills of a pipe in a row: it is one no more. At 4 KiB and less a pipe costs up to a
// third more than a copy.
inline constexpr size_t small_fill = 16'384;
inline constexpr uint32_t small_fills = 16;

// So many messages of at most this size, one after the other and either way: talk, which the kernel
// carries for 0.7 to 0.8 of what copying costs the machine. At 16 KiB it is 0.6; but whoever has
// joined is never spliced again. Joining and leaving cost 25 us, what 10 to 20 messages save. After
// it has given talk back, so many before it is asked again.
inline constexpr size_t small_message = 4096;
inline constexpr uint32_t small_run = 128;
inline constexpr uint32_t small_again = 16;

// What the kernel may have under way of one direction. Packets, since each takes a kilobyte or so
// however little is in it.
inline constexpr uint64_t on_the_way_max = 256 * 1024;
inline constexpr uint32_t packets_on_the_way_max = 512;

// What a socket may hold that it has not sent. Beyond that a reader that has stopped would cost
// what the system lets a send buffer grow to, 4 MB and more; it is above what the kernel may have
// under way.
inline constexpr uint32_t unsent_max = 512 * 1024;

// Who has been sending for so long while others wait for buffers sends to a reader that has
// stalled.
inline constexpr int64_t stall_ns = 10 * ns_per_ms;

// What may have arrived and not been read. With what is read of a socket the system lets it hold
// ever more, up to 6 MB, 32 on some, which a reader that stalls would then cost; one that the
// kernel looks at is to it read at once. With a full pipe and what is not sent this is less than 4
// MiB. Fixed when so much has passed, since few tunnels ever carry more.
inline constexpr uint32_t unread_max = 2 * 1024 * 1024;
inline constexpr uint64_t fixed_after = 64 * 1024;

// How often a count of the kernel's is looked at: an acknowledgement between its two parts makes it
// too small, but not so often in a row.
constexpr int looks_max = 16;

}  // namespace zest::tunnel
