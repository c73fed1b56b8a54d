// The documents in tests/cases/http: each case whole, cut at every byte, byte by byte, on every
// kernel, and always in front of a guard page.
#include <doctest/doctest.h>

#include <algorithm>

#include "http/documents.h"
#include "http/play.h"

namespace zest::test {
namespace {

// "refused 400: a reason" is also found by "refused 400".
bool agree(const std::string& expected, const std::string& found) {
  if (expected == found) return true;
  const std::string known = expected.substr(0, expected.find('\n'));
  return known.starts_with("refused ") && found.starts_with(known + ":");
}

void run(const Case& which, const http::Scan& scan, Guarded& memory) {
  const size_t size = which.bytes.size();
  const std::string whole = play(which, scan, {size}, memory);
  CHECK_MESSAGE(agree(which.expected, whole), whole);
  Cuts every;
  const size_t step = std::max<size_t>(1, size / 2000);
  for (size_t cut = 1; cut < size; cut += step) {
    every.push_back(cut);
    CHECK(play(which, scan, {cut, size}, memory) == whole);
  }
  every.push_back(size);
  CHECK(play(which, scan, every, memory) == whole);
}

void run_document(const char* file, size_t cases_min) {
  Guarded memory(1 << 16);
  const std::vector<Case> cases = read_cases(file);
  CHECK(cases.size() >= cases_min);
  for (const Case& which : cases) {
    for (const http::Scan* scan : http::usable_scans()) {
      INFO(file << ": " << which.name << ", " << scan->name);
      run(which, *scan, memory);
    }
  }
}

TEST_CASE("requests") { run_document("requests.md", 20); }
TEST_CASE("request lines and targets") { run_document("targets.md", 40); }
TEST_CASE("field lines") { run_document("fields.md", 25); }
TEST_CASE("framing of requests") { run_document("framing.md", 50); }
TEST_CASE("responses") { run_document("responses.md", 35); }
TEST_CASE("chunked bodies") { run_document("chunked.md", 45); }
TEST_CASE("trailers") { run_document("trailers.md", 10); }
TEST_CASE("fields that are not passed on") { run_document("hop_by_hop.md", 10); }
TEST_CASE("limits") { run_document("limits.md", 10); }

}  // namespace
}  // namespace zest::test
