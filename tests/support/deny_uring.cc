// deny_uring <program> [arguments]: runs it where io_uring_setup answers EPERM, as in a container
// under Docker's default seccomp profile.
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "support/deny.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "deny_uring <program> [arguments]\n");
    return 2;
  }
  if (!zest::test::deny_call(SYS_io_uring_setup, EPERM)) {
    perror("skipped: seccomp");
    return 77;
  }
  execvp(argv[1], argv + 1);
  perror(argv[1]);
  return 2;
}
