// The small parts: what is counted, what an errno means, and who is inside a handle.
#include "acceptor/counters.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "acceptor/accept_error.h"
#include "base/calls.h"

namespace zest::acceptor {
namespace {

TEST_CASE("a count grows by what is added") {
  Count count;
  CHECK(count.get() == 0);
  count.add();
  count.add(41);
  CHECK(count.get() == 42);
}

TEST_CASE("what several threads add is all there") {
  Count count;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) count.add_shared(2);
    });
  threads.clear();
  CHECK(count.get() == 80'000);
}

TEST_CASE("errors are counted by errno, the first eight kinds") {
  ErrnoCounts counts;
  for (int os_errno = 1; os_errno <= 10; ++os_errno)
    for (int i = 0; i < os_errno; ++i) counts.add(os_errno);
  CHECK(counts.total() == 55);
  uint64_t told = 0;
  for (const ErrnoCounts::Kind& kind : counts.by_errno()) {
    CHECK(kind.count.get() == static_cast<uint64_t>(kind.os_errno.load()));
    told += kind.count.get();
  }
  CHECK(told == 36);
}

TEST_CASE("what accept(2) says of the new connection is transient") {
  for (const int os_errno :
       {ECONNABORTED, EAGAIN, EINTR, EPROTO, EPERM, ECONNRESET, ETIMEDOUT, ENETDOWN, ENETUNREACH,
        ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, ENONET, EOPNOTSUPP})
    CHECK(classify(os_errno) == AcceptError::transient);
}

TEST_CASE("want of fds or memory is a matter of time") {
  for (const int os_errno : {EMFILE, ENFILE, ENOMEM, ENOBUFS})
    CHECK(classify(os_errno) == AcceptError::resources);
}

TEST_CASE("everything else is the end of the listener") {
  for (const int os_errno : {EBADF, EINVAL, ENOTSOCK, EFAULT, EIO, ENOSYS})
    CHECK(classify(os_errno) == AcceptError::fatal);
}

TEST_CASE("an open handle lets calls in, a closed one does not") {
  Calls calls;
  {
    const Calls::Inside one(calls);
    const Calls::Inside two(calls);
    CHECK(static_cast<bool>(one));
    CHECK(static_cast<bool>(two));
  }
  calls.close();
  const Calls::Inside late(calls);
  CHECK_FALSE(static_cast<bool>(late));
}

TEST_CASE("closing a handle waits for those inside") {
  for (int round = 0; round < 50; ++round) {
    Calls calls;
    std::atomic<int> inside{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&] {
        for (;;) {
          const Calls::Inside call(calls);
          if (!call) return;
          inside.fetch_add(1);
          std::this_thread::yield();
          inside.fetch_sub(1);
        }
      });
    std::this_thread::yield();
    calls.close();
    calls.wait_until_empty();
    CHECK(inside == 0);
  }
}

}  // namespace
}  // namespace zest::acceptor
