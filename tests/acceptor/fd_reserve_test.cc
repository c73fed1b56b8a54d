// More listeners than there are open files for: those that come up can still serve.
#include "acceptor/fd_reserve.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <string>

#include "acceptor/clients.h"
#include "acceptor/host.h"
#include "support/apart.h"
#include "support/backends.h"
#include "support/torture.h"

namespace zest::acceptor {
namespace {

using namespace zest::test;

constexpr rlim_t files = 100;

std::vector<ListenerConfig> more_than_files() {
  std::vector<ListenerConfig> configs;
  for (uint64_t id = 1; id <= files; ++id) configs.push_back(on("127.0.0.1:0", id));
  return configs;
}

void limit_files() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = files;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

size_t rows_up(const Report& report) {
  size_t up = 0;
  for (const ReportRow& row : report.rows) up += row.status == Status::ok;
  return up;
}

void expect_room(Verdict& verdict, const Settings& settings) {
  Host host(more_than_files(), settings);
  const size_t up = rows_up(host.report());
  verdict.expect(up > 0 && up < host.report().rows.size(), "some came up, not all",
                 static_cast<long long>(up));
  const std::string_view note = host.report().rows.back().note.view();
  verdict.expect(note.find("Too many open files; raise the limit of open files (ulimit -n), which "
                           "is 100, 16 of them for connections") != note.npos,
                 "the note names the limit");
  const FdReserve rest = FdReserve::take();
  verdict.expect(rest.size() >= FdReserve::most / 2, "open files are left",
                 static_cast<long long>(rest.size()));
}

TEST_CASE("with too few open files for its listeners, a service keeps some for connections") {
  on_each_mode([](Settings settings) {
    if (tortured()) return;  // an injected EMFILE looks the same
    settings.threads_per_address = 1;
    apart([&](Verdict& verdict) {
      limit_files();
      expect_room(verdict, settings);
    });
  });
}

TEST_CASE("of few open files, half are kept back") {
  apart([](Verdict& verdict) {
    limit_files();
    std::vector<Fd> filling;
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) filling.emplace_back(fd);
    filling.resize(filling.size() - 9);
    const FdReserve reserve = FdReserve::take();
    verdict.expect(tortured() || reserve.size() == 4, "kept",
                   static_cast<long long>(reserve.size()));
  });
}

}  // namespace
}  // namespace zest::acceptor
