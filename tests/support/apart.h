// A part of a test in a process of its own, that says what went wrong there.
#pragma once

#include <functional>

namespace zest::test {

class Verdict {
 public:
  // False if it does not hold; the words and the numbers are printed.
  bool expect(bool holds, const char* words, long long number = 0);
  bool good() const { return good_; }

 private:
  bool good_ = true;
};

// Checks that the child found nothing wrong.
void apart(const std::function<void(Verdict&)>& body);

// The same in a network namespace of its own, where only lo is up. Says so and does nothing where
// that is not allowed.
void apart_in_namespace(const std::function<void(Verdict&)>& body);

// ZEST_LONG=1: the long forms. ZEST_SHORT=1: fewer rounds, for an emulated machine.
bool long_form();
bool short_form();

// Seconds of CPU that this process has used.
double cpu_seconds();

}  // namespace zest::test
