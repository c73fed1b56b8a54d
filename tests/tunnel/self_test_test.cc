// The trial that decides whether tunnels are given to the kernel.
#include <doctest/doctest.h>
#include <cerrno>

#include <string>

#include "sys/fault.h"
#include "tunnel/joined.h"
#include "tunnel/sockmap.h"

namespace zest::tunnel {
TEST_CASE("a kernel that does it right passes; else a line says why not") {
  std::unique_ptr<Sockmap> sockmap;
  test::on_own_thread([&] { sockmap = Sockmap::create(); });
  MESSAGE(std::string(sockmap->usable() ? "usable" : sockmap->note().view()));
  CHECK(sockmap->usable() == sockmap->note().empty());
  const auto untested = Sockmap::create_untested();
  CHECK(untested->usable() == sockmap->usable());
}

TEST_CASE("once disabled it stays so, and the first reason is kept") {
  const auto sockmap = Sockmap::create_untested();
  if (!sockmap->usable()) return;
  std::string told;
  sockmap->on_given_up([&](const char* why) { told += why; });
  sockmap->disable("a reason");
  sockmap->disable("another");
  CHECK(!sockmap->usable());
  CHECK(sockmap->note().view() == "a reason");
  CHECK(told == "a reason");
}

#ifdef ZEST_FAULTS
TEST_CASE("without rights it is not used, and says so" * doctest::test_suite("no-torture")) {
  sys::fault::arm_all("bpf", EPERM);
  const auto sockmap = Sockmap::create();
  sys::fault::arm_all(nullptr, 0);
  CHECK(!sockmap->usable());
  CHECK(sockmap->note().view().contains("CAP_BPF"));
}
#endif

}  // namespace zest::tunnel
