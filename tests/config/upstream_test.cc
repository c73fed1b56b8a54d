#include "config/upstream.h"

#include <doctest/doctest.h>

#include "config/load.h"

namespace zest::config {

TEST_CASE("an upstream's keys by themselves make a group") {
  const LoadedGroup loaded =
      load_group("addrs = [\"127.0.0.1:1\", \"unix:/run/x\"]\nstrategy = \"least_connections\"\n");
  CHECK(loaded.problems.empty());
  CHECK(loaded.group.addrs.size() == 2);
  CHECK(loaded.group.strategy == upstream::Strategy::least_connections);
}

TEST_CASE("what is wrong with an upstream by itself is told with its place") {
  CHECK(format("x", load_group("addrs = [").problems).starts_with("x:1:"));
  CHECK(format("x", load_group("pool_size = 1\n").problems) ==
        "x:1:1: the upstream has no addrs\n");
  const std::string said = format("x", load_group("addrs = [\":1\"]\npool_sice = 1\n").problems);
  CHECK(said.find("x:2:1: unknown key \"pool_sice\" in the upstream; did you mean") !=
        std::string::npos);
}

}  // namespace zest::config
