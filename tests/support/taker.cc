#include "support/taker.h"

#include "support/backends.h"

namespace zest::test {

Taker::~Taker() {
  then = nullptr;
  loop_.cancel(op);
  turn_to_end(loop_, [&] { return !op.in_flight(); });
}

void Taker::done(io::Completion completion) noexcept {
  results.push_back(completion.result);
  if (!completion.more) ++endings;
  if (op.request().kind == io::Kind::accept && completion.result >= 0)
    fds.emplace_back(completion.result);
  const std::span<std::byte> received = completion.buffer.bytes();
  bytes.append(reinterpret_cast<const char*>(received.data()), received.size());
  if (keeps_buffers && completion.buffer.holds_memory())
    kept.push_back(std::move(completion.buffer));
  if (then) then(completion);
}

}  // namespace zest::test
