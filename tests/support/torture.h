// Torture: each test case again and again, every time with another fallible call failing (see
// sys/fault.h). Its assertions may fail then; it must not crash, leak, hang or break an invariant.
#pragma once

#include <cstddef>

namespace zest::test {

// program --torture [filter [jobs]]: every case whose name the filter matches, without the suite
// "no-torture"; so many of them at once.
bool torture_wanted(int argc, char** argv);
int torture(int argc, char** argv);

// The cases of this program run under torture, hundreds of times each.
bool tortured();

// How much of n (a load, or ms to wait): all of it, a quarter in the short form, or a twentieth
// under torture.
size_t load(size_t n);

// A call of this case was made to fail: from now on its assertions don't count.
bool fault_fired();

}  // namespace zest::test
