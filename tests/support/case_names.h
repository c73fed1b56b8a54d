// The names of the cases that a test program holds.
#pragma once

#include <string>
#include <vector>

namespace zest::test {

std::vector<std::string> case_names(const char* filter, const char* suite_left_out);

// A name as a doctest filter that matches it literally.
std::string filter_for(const std::string& name);

}  // namespace zest::test
