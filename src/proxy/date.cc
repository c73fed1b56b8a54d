#include "proxy/date.h"

#include <cstdio>
#include <ctime>

#include "base/clock.h"

namespace zest::proxy {
namespace {

// Not strftime: the names are English in every locale.
constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

void DateText::renew(int64_t now_ns) {
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  tm parts{};
  ::gmtime_r(&wall.tv_sec, &parts);
  snprintf(text_.data(), text_.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[parts.tm_wday],
           parts.tm_mday, months[parts.tm_mon], (parts.tm_year + 1900) % 10'000, parts.tm_hour,
           parts.tm_min, parts.tm_sec);
  next_ns_ = now_ns + ns_per_s - wall.tv_nsec;
}

}  // namespace zest::proxy
