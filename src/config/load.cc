#include "config/load.h"

#include "config/draft.h"
#include "config/idle_keys.h"
#include "config/named_files.h"
#include "config/toml.h"

namespace zest::config {

Loaded load(std::string_view text) {
  Loaded loaded;
  const auto document = parse_toml(text);
  if (!document) {
    loaded.problems.push_back(document.error());
    return loaded;
  }
  Problems problems;
  Draft draft(loaded.settings, problems);
  draft.read(*document);
  problems.finish();
  loaded.problems = problems.list();
  loaded.settings.files = named_files(*document);
  if (loaded.problems.empty()) warn_of_idle_keys(*document, loaded.settings);
  return loaded;
}

std::string format(std::string_view file, const std::vector<Problem>& problems) {
  std::string lines;
  for (const Problem& problem : problems) {
    lines += file;
    if (problem.at.line > 0)
      lines += ':' + std::to_string(problem.at.line) + ':' + std::to_string(problem.at.column);
    lines += ": " + problem.text + '\n';
  }
  return lines;
}

}  // namespace zest::config
