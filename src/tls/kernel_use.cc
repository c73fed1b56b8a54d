#include "tls/kernel_use.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "sys/socket.h"
#include "tls/kernel_calls.h"

namespace zest::tls {
namespace {

constexpr std::array every_suite = {Suite::aes_128_gcm, Suite::aes_256_gcm,
                                    Suite::chacha20_poly1305};
constexpr std::array suite_words = {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"};
constexpr int connect_ms = 1000;

// A connection within this machine; its other end waits in the queue of the socket that listens.
Result<Fd> connect_to(const sys::Address& address) {
  auto fd = sys::open_socket(address.family(), SOCK_STREAM);
  if (!fd) return fd;
  pollfd ready{.fd = fd->get(), .events = POLLOUT, .revents = 0};
  if (::connect(fd->get(), address.get(), address.size()) != 0 && errno != EINPROGRESS)
    return fail_errno(errno, "connect to ourselves");
  if (::poll(&ready, 1, connect_ms) != 1 || (ready.revents & POLLERR) != 0)
    return fail_errno(ETIMEDOUT, "connect to ourselves");
  return fd;
}

Result<KernelSuites> try_suites(const Algorithms& algorithms) {
  const auto listening = sys::open_socket(AF_INET, SOCK_STREAM);
  if (!listening) return fail(listening.error());
  if (auto bound = sys::bind(listening->get(), *sys::Address::parse("127.0.0.1:0")); !bound)
    return fail(bound.error());
  if (auto listens = sys::listen(listening->get(), 4); !listens) return fail(listens.error());
  const auto address = sys::local_address(listening->get());
  if (!address) return fail(address.error());
  KernelSuites suites;
  for (const Suite suite : every_suite) {
    const auto fd = connect_to(*address);
    if (!fd) return fail(fd.error());
    if (auto attached = attach_kernel_tls(fd->get()); !attached) return fail(attached.error());
    Traffic traffic;
    traffic.suite = suite;
    if (give_keys(fd->get(), Side::receives, algorithms, traffic) &&
        give_keys(fd->get(), Side::sends, algorithms, traffic))
      suites.add(suite);
  }
  return suites;
}

std::string words_of(const KernelSuites& suites) {
  std::string words = "records in the kernel";
  for (size_t i = 0; i < every_suite.size(); ++i)
    if (!suites.has(every_suite[i])) words += std::string(", but not ") + suite_words[i];
  return words;
}

}  // namespace

KernelSuites KernelSuites::all() {
  KernelSuites suites;
  for (const Suite suite : every_suite) suites.add(suite);
  return suites;
}

Result<KernelSuites> kernel_suites() {
  if (auto there = kernel_tls(); !there) return fail(there.error());
  const auto algorithms = Algorithms::load();
  if (!algorithms) return fail(algorithms.error());
  auto suites = try_suites(**algorithms);
  // Without a loopback nothing can be tried: each connection will tell.
  return suites ? *suites : KernelSuites::all();
}

// What "auto" means was measured (`./dev vm -R tls_cost`): a GB in large pieces costs the
// kernel 1.2 to 1.4 times as much CPU time, both ways, and in small ones about the same.
Result<KernelChoice> choose_kernel(KernelMode mode) {
  if (mode == KernelMode::off) return KernelChoice{.use = {}, .words = "records in user space"};
  if (mode == KernelMode::automatic)
    return KernelChoice{.use = {},
                        .words = "records in user space, which costs less than in the kernel"};
  const auto suites = kernel_suites();
  if (!suites && mode == KernelMode::prefer)
    return KernelChoice{
        .use = {},
        .words = std::string("records in user space: ") + suites.error().message.c_str()};
  if (!suites)
    return fail(suites.error().status, "ktls = \"require\": %s", suites.error().message.c_str());
  return KernelChoice{
      .use = {.wanted = true, .required = mode == KernelMode::require, .suites = *suites},
      .words = words_of(*suites)};
}

}  // namespace zest::tls
