#include "config/named_files.h"

#include <algorithm>

namespace zest::config {
namespace {

bool names_a_file(const Entry& entry) {
  constexpr std::string_view keys[] = {"certificate", "key", "ocsp",
                                       "client_ca",   "ca",  "ticket_keys"};
  return entry.value.kind == Value::Kind::text &&
         std::ranges::find(keys, entry.name) != std::end(keys);
}

// The tables of TLS are named so wherever they stand, and hold nothing else of these names.
void collect(const Value& value, bool tls, std::vector<NamedFile>& into) {
  for (const Value& item : value.items) collect(item, tls, into);
  for (const Entry& entry : value.entries) {
    if (tls && names_a_file(entry)) into.push_back({entry.value.text, entry.value.at});
    collect(entry.value, tls || entry.name == "tls", into);
  }
}

template <typename T>
bool earlier(const T& one, const T& other) {
  return std::pair(one.at.line, one.at.column) < std::pair(other.at.line, other.at.column);
}

bool is_of(const std::string& complaint, const NamedFile& file) {
  return complaint.starts_with(file.path) && complaint.substr(file.path.size()).starts_with(": ");
}

// "a.key: is not the key of b.pem": that a.key which stands beside b.pem, best behind it.
int nearness(const std::string& complaint, size_t index, const std::vector<NamedFile>& files) {
  constexpr int steps[] = {2, 1, -2, -1};
  int near = 0;
  for (int i = 0; i < 4; ++i) {
    const size_t other = index + static_cast<size_t>(steps[i]);
    if (other < files.size() && complaint.ends_with(' ' + files[other].path)) near = i + 1;
  }
  return near;
}

// The best place for it; files.size(): there is none.
size_t find(const std::string& complaint, const std::vector<NamedFile>& files,
            const std::vector<bool>& told) {
  size_t best = files.size();
  int most = -1;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!is_of(complaint, files[i])) continue;
    const int fit = 2 * nearness(complaint, i, files) + !told[i];
    if (fit <= most) continue;
    most = fit;
    best = i;
  }
  return best;
}

}  // namespace

std::vector<NamedFile> named_files(const Value& document) {
  std::vector<NamedFile> files;
  collect(document, false, files);
  const Entry* log = document.find("access_log");
  if (log && log->value.kind == Value::Kind::text)
    files.push_back({log->value.text, log->value.at});
  std::ranges::sort(files, earlier<NamedFile>);
  return files;
}

std::vector<Problem> placed(std::vector<std::string> complaints,
                            const std::vector<NamedFile>& files) {
  std::vector<Problem> problems;
  std::vector<bool> told(files.size());
  for (std::string& complaint : complaints) {
    const size_t best = find(complaint, files, told);
    if (best < files.size()) told[best] = true;
    const Position at = best < files.size() ? files[best].at : Position{.line = 0, .column = 0};
    problems.push_back({at, std::move(complaint)});
  }
  std::ranges::sort(problems, earlier<Problem>);
  return problems;
}

}  // namespace zest::config
