// Of the shared library alone: leave nothing behind at dlclose.
// libstdc++ gives it to valgrind and names it in no header.
// NOLINTNEXTLINE(bugprone-reserved-identifier)
namespace __gnu_cxx {
void __freeres();  // NOLINT(bugprone-reserved-identifier)
}

namespace {

// The C++ runtime is linked in, and keeps some 70 KB for throwing when memory is short. A host that
// opens and closes us a thousand times would lose that each time.
[[gnu::destructor]] void free_exception_pool() { __gnu_cxx::__freeres(); }

}  // namespace
