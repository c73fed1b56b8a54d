// The files that a configuration names: what is wrong with them is told with their place in it.
#pragma once

#include "config/settings.h"
#include "config/value.h"

namespace zest::config {

std::vector<NamedFile> named_files(const Value& document);

// Where each complaint belongs: it begins with a file's name. One that begins with none is at
// line 0. A file that is named twice, and complained of twice, has each of its places once. In
// their order.
std::vector<Problem> placed(std::vector<std::string> complaints,
                            const std::vector<NamedFile>& files);

}  // namespace zest::config
