// Runs a case's bytes through the parsers and says, in lines, what came of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/documents.h"
#include "http/guarded.h"
#include "http/scan.h"

namespace zest::test {

// Where the bytes are cut: the ends of the prefixes (heads) or pieces (bodies) to give, the last of
// which is all.
using Cuts = std::vector<size_t>;

// Every prefix or piece lies in front of a guard page.
std::string play(const Case& which, const http::Scan& scan, const Cuts& cuts, Guarded& memory);

}  // namespace zest::test
