// Cases as documents: tests/cases/<floor>/*.md. A heading names the case, a block gives the bytes,
// a second one what comes of them:
//
//   ## A Host with a port
//   ```request fields=2
//   GET / HTTP/1.1\r\n
//   ...
//   ```
//   ```
//   GET / HTTP/1.1 to a:80
//   ```
//
// In the bytes a line's own end counts for nothing: \r \n \t \\ \xHH, and \R{9000,a} for many.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace zest::test {

struct Case {
  std::string name;
  std::string kind;                         // request, response, chunked, trailers
  std::map<std::string, std::string> with;  // fields=2
  std::string bytes;
  std::string expected;  // lines; "refused 400" stands for any reason
};

// Of the floor's folder in tests/cases.
std::vector<Case> read_cases(const std::string& file);

}  // namespace zest::test
