#include "config/problems.h"

#include <algorithm>
#include <cstdarg>

#include "base/text.h"

namespace zest::config {
namespace {

// How many letters must be put in, left out, changed, or swapped with their neighbour.
size_t distance(std::string_view one, std::string_view other) {
  std::vector<size_t> before(other.size() + 1), row(other.size() + 1), next(other.size() + 1);
  for (size_t j = 0; j <= other.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= one.size(); ++i) {
    next[0] = i;
    for (size_t j = 1; j <= other.size(); ++j) {
      const size_t changed = row[j - 1] + (one[i - 1] != other[j - 1]);
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, changed});
      if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
        next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[other.size()];
}

bool earlier(const Problem& one, const Problem& other) {
  if (one.at.line != other.at.line) return one.at.line < other.at.line;
  if (one.at.column != other.at.column) return one.at.column < other.at.column;
  return one.text < other.text;
}

}  // namespace

void Problems::add(Position at, const char* format, ...) {
  if (++count_ > kept_max) return;
  Text<512> text;
  va_list arguments;
  va_start(arguments, format);
  text.append_list(format, arguments);
  va_end(arguments);
  list_.push_back({at, text.c_str()});
}

void Problems::finish() {
  std::ranges::sort(list_, earlier);
  if (count_ <= shown_max) return;
  list_.resize(shown_max);
  list_.push_back({list_.back().at, "and " + std::to_string(count_ - shown_max) + " more"});
  count_ = list_.size();
}

std::string quoted(std::string_view text) {
  constexpr size_t shown_max = 80;
  std::string shown = "\"";
  for (const char c : text.substr(0, shown_max))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  if (text.size() > shown_max) shown += "...";
  return shown + '"';
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
  constexpr size_t long_name = 64;  // nobody meant that, and it takes time
  if (name.size() > long_name) return {};
  std::string_view best;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    // One word of several left out or put in ("timeout" for "idle_timeout_ms") is near, too.
    const bool inside = name.size() > 3 && (candidate.contains(name) || name.contains(candidate));
    const size_t far = inside ? 2 : distance(name, candidate);
    if (far >= least || far >= candidate.size()) continue;
    least = far;
    best = candidate;
  }
  return best;
}

std::string did_you_mean(std::string_view near) {
  return near.empty() ? "" : "; did you mean " + quoted(near) + '?';
}

}  // namespace zest::config
