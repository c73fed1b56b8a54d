// What an idle connection costs: OpenSSL's state of it is gone.
#include <doctest/doctest.h>

#include <vector>

#include "support/leftovers.h"
#include "tls/ends.h"

namespace zest::tls {

using namespace zest::test;

TEST_CASE("an idle connection holds a tenth of what OpenSSL would") {
  const auto server = server_context();
  const auto client = client_context();
  const auto open = [&] {
    Ends ends(server, client);
    ends.settle();
    ends.say(ends.client, "GET / HTTP/1.1\r\n\r\n");
    ends.say(ends.server, "HTTP/1.1 204 No Content\r\n\r\n");
    CHECK(ends.open());
    return std::move(ends.server.engine);
  };
  std::vector<std::unique_ptr<Engine>> idle;
  idle.reserve(200);
  for (int i = 0; i < 20; ++i) idle.push_back(open());
  const size_t before = allocated_bytes();
  constexpr size_t count = 100;
  for (size_t i = 0; i < count; ++i) idle.push_back(open());
  const size_t each = (allocated_bytes() - before) / count;
  MESSAGE("bytes of an idle connection: ", each);
  CHECK(each < 4000);
}

}  // namespace zest::tls
