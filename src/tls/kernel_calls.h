// The kernel's TLS, call by call (Documentation/networking/tls.rst): keys in, and records that are
// no data both ways.
#pragma once

#include <sys/socket.h>

#include "base/result.h"
#include "tls/record.h"
#include "tls/traffic.h"

namespace zest::tls {

// Whether this kernel has it; if not, why, and what helps. Asked once, at start.
Result<void> kernel_tls();

// The socket learns of TLS; until it has keys it is as before.
Result<void> attach_kernel_tls(int fd);
enum class Side : uint8_t { sends, receives };
Result<void> give_keys(int fd, Side side, const Algorithms& algorithms, const Traffic& traffic);

// What a receive left behind that failed with EIO: a record of another type than data.
struct KernelRecord {
  ContentType type{};
  size_t size = 0;
};
Result<KernelRecord> receive_record(int fd, std::span<std::byte> into);
// The type that the kernel told along with a record; data where it told none.
ContentType record_type(const msghdr& message);

Result<void> send_record(int fd, ContentType type, std::span<const std::byte> content);

}  // namespace zest::tls
