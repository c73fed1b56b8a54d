// What the far ends of a tunnel see, where it is but little.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "tunnel/joined.h"

namespace zest::test {

struct Answer {
  std::string text;
  int error = 0;
};
Answer read_all(const Fd& fd);

size_t waits_in(const Fd& fd);
bool has_input(const Fd& fd);
bool has_ended(const Fd& fd);

// Far ends are not events of the loop: looks again every ms.
bool turns_until(Joined& joined, const std::function<bool()>& condition);
bool hears(Joined& joined, const Fd& fd, std::string_view text);

void shut(const Fd& fd);
void reset(Fd& fd);

}  // namespace zest::test
