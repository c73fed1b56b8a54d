// docs/OPERATOR.md has each key in its table, with the values it takes and its default, and no
// other.
#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "config/keys.h"

namespace zest::config {
namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// As far as the code knows it: the last column is for people.
std::string row_of(const KnownKey& key) {
  const std::string table = *key.table ? '`' + std::string(key.table) + '`' : "top";
  const std::string preset = key.preset == "required" ? key.preset : '`' + key.preset + '`';
  return "| " + table + " | `" + key.name + "` | " + key.values + " | " + preset + " |";
}

TEST_CASE("each key stands in the operator's guide as the code has it") {
  const std::vector<std::string> lines = lines_of(ZEST_DOCS "/OPERATOR.md");
  REQUIRE_FALSE(lines.empty());
  std::set<std::string> rows;
  for (const std::string& line : lines)
    if (line.starts_with("| top |") || line.starts_with("| `["))
      rows.insert(line.substr(0, line.rfind(" |", line.size() - 3) + 2));
  for (const KnownKey& key : known_keys()) {
    const std::string row = row_of(key);
    CAPTURE(row);
    CHECK(rows.erase(row) == 1);
  }
  for (const std::string& row : rows) {
    CAPTURE(row);
    CHECK_MESSAGE(false, "no key of the code");
  }
}

TEST_CASE("the nearest name is what was meant") {
  const std::vector<std::string_view> known = {"bind", "backlog", "head_timeout_ms"};
  CHECK(nearest("bimd", known) == "bind");
  CHECK(nearest("bnid", known) == "bind");
  CHECK(nearest("backlogs", known) == "backlog");
  CHECK(nearest("head_timeout", known) == "head_timeout_ms");
  CHECK(nearest("x", known) == "");
  CHECK(nearest("", known) == "");
  CHECK(nearest(std::string(100'000, 'a'), known) == "");
}

TEST_CASE("quoted text is fit for a terminal") {
  CHECK(quoted("a\x1b[31m\n") == "\"a?[31m?\"");
  CHECK(quoted(std::string(100, 'x')) == '"' + std::string(80, 'x') + "...\"");
}

}  // namespace
}  // namespace zest::config
