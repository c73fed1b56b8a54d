#include "http/documents.h"

#include <fstream>
#include <sstream>

#include "base/assert.h"

namespace zest::test {
namespace {

char escaped(char c) {
  switch (c) {
    case 'r': return '\r';
    case 'n': return '\n';
    case 't': return '\t';
    default: ZEST_ASSERT(c == '\\'); return c;
  }
}

// \R{9000,a}: `at` is behind "\R{"; leaves it behind the brace.
std::string repeated(const std::string& line, size_t& at) {
  const size_t comma = line.find(',', at), brace = line.find('}', comma);
  const int count = std::stoi(line.substr(at, comma - at));
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += line.substr(comma + 1, brace - comma - 1);
  at = brace + 1;
  return bytes;
}

std::string unescaped(const std::string& line) {
  std::string bytes;
  for (size_t at = 0; at < line.size();) {
    const char c = line[at++];
    if (c != '\\') {
      bytes += c;
    } else if (line[at] == 'x') {
      bytes += static_cast<char>(std::stoi(line.substr(at + 1, 2), nullptr, 16));
      at += 3;
    } else if (line[at] == 'R') {
      bytes += repeated(line, at += 2);
    } else {
      bytes += escaped(line[at++]);
    }
  }
  return bytes;
}

void read_kind(const std::string& info, Case& into) {
  std::istringstream words(info);
  words >> into.kind;
  for (std::string word; words >> word;) {
    into.with[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
  }
}

void read_blocks(std::istream& file, const std::string& info, Case& into) {
  std::string line;
  read_kind(info, into);
  while (std::getline(file, line) && line != "```") into.bytes += unescaped(line);
  while (std::getline(file, line) && line != "```") ZEST_ASSERT(line.empty());
  while (std::getline(file, line) && line != "```") into.expected += line + "\n";
}

}  // namespace

std::vector<Case> read_cases(const std::string& file) {
  std::ifstream document(std::string(ZEST_CASES) + "/" + file);
  std::vector<Case> cases;
  std::string name;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("## ")) name = line.substr(3);
    if (!line.starts_with("```")) continue;
    Case one{.name = name};
    read_blocks(document, line.substr(3), one);
    cases.push_back(one);
  }
  return cases;
}

}  // namespace zest::test
