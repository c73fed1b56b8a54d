// A system call refused to this process and its children, as container runtimes do it.
#pragma once

namespace zest::test {

bool deny_call(long number, int error);

}  // namespace zest::test
