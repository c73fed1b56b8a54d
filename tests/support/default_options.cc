// How the sanitizers end a test program: with a code that no failed assertion gives, so that the
// torture run can tell the two apart.
extern "C" {

const char* __asan_default_options() { return "exitcode=99"; }
const char* __lsan_default_options() { return "exitcode=99"; }
const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1:exitcode=99"; }
const char* __tsan_default_options() { return "halt_on_error=1:exitcode=99"; }

}  // extern "C"
