# Sourced by ./dev. set_up: what the build needs and Debian 12 lacks is installed, once.

packages=(
  clang-19 clang-tidy-19 clang-format-19 lld-19 llvm-19 libclang-rt-19-dev # the one compiler
  g++ libc6-dev          # libstdc++ 12, and a second compiler for the public headers
  cmake ninja-build ccache pkg-config binutils
  liburing-dev doctest-dev libbenchmark-dev libbpf-dev bpftool
  libssl-dev openssl     # TLS; the program for tests
  libtomlplusplus-dev libcli11-dev libspdlog-dev prometheus-cpp-dev # of zproxy
  prometheus             # promtool, for a test
  python3 curl ca-certificates git iproute2 procps
  abigail-tools mandoc   # what changed in the C ABI; man pages without faults
  python3-websockets     # real clients of tunnels, for a test
  qemu-system-x86 busybox-static # the machine of ./dev vm
  nginx-light libnginx-mod-stream haproxy wrk # what bench/run proxy and tunnel compare with
  apache2-bin lighttpd   # with nginx: origins that tests/differential asks what they understood
)
# Hosts in other languages; any Go and Node that are there will do.
command -v go >/dev/null || packages+=(golang-go)
command -v npm >/dev/null || packages+=(nodejs npm)
# Debian's own rustc is 1.63; these are newer builds of it, kept up for Firefox and the like.
rust_packages=(rustc-web cargo-web rustfmt-web)

say() { printf 'dev: %s\n' "$*"; }
die() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

set_up() {
  mkdir -p build
  [ -d "${HOME:-/root}/.cargo/bin" ] && PATH=${HOME:-/root}/.cargo/bin:$PATH
  [ -n "${ZEST_NO_SETUP:-}" ] && return
  local stamp=build/setup.stamp want
  want=$(cat tools/setup.sh rust-examples/Cargo.toml 2>/dev/null | cksum)
  # The stamp knows that Rust was fine; packages are asked for each time, since that is quick.
  local missing
  missing=$(missing_packages "${packages[@]}")
  if [ -z "$missing" ] && [ "$(cat $stamp 2>/dev/null)" = "$want" ] && command -v cargo >/dev/null; then
    return
  fi
  rust_is_recent || missing+=" $(missing_packages "${rust_packages[@]}")"
  # shellcheck disable=SC2086  # a list of names
  [ -n "${missing// /}" ] && install_packages $missing
  hash -r
  rust_is_recent || die "found rustc $(rustc_version), but rust-examples needs $(rust_wanted):" \
    "install it from https://rustup.rs, or remove the older one from PATH"
  echo "$want" >$stamp
}

# Prints those of the arguments that are not installed.
missing_packages() {
  command -v dpkg-query >/dev/null || { echo "$*"; return; }
  { dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true; } |
    awk -v want="$*" '$2 == "installed" { have[$1] = 1 }
      END { n = split(want, w, " "); for (i = 1; i <= n; i++) if (!have[w[i]]) print w[i] }' | xargs
}

install_packages() {
  # shellcheck disable=SC1091
  local system=unknown as_root=()
  [ -r /etc/os-release ] && system=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
  [ "$system" = "debian 12" ] || die "set-up knows Debian 12, and this is $system. Install the like" \
    "of: $* ; then say ZEST_NO_SETUP=1 ./dev ..."
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "needs root (or sudo) to install: $*"
    as_root=(sudo)
  fi
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
  say "missing here: $*"
  say "apt-get update"
  "${apt[@]}" update </dev/null || say "some package lists could not be had; going on with the others"
  say "apt-get install (some minutes the first time)"
  without_services "${apt[@]}" install -y --no-install-recommends "$@" </dev/null >build/apt.log 2>&1 || {
    tail -n 20 build/apt.log >&2
    die "apt-get install failed; all of it is in build/apt.log"
  }
  say "installed $# packages"
}

# Runs a command while no package may start its service: nginx and haproxy are wanted as programs.
without_services() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    # shellcheck disable=SC2154  # as_root is install_packages's
    trap '"${as_root[@]}" rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin $policy
  fi
  "$@"
)

rust_wanted() {
  local v
  v=$(sed -n 's/^rust-version *= *"\(.*\)".*/\1/p' rust-examples/Cargo.toml 2>/dev/null | head -n 1)
  echo "${v:-1.75}"
}

rustc_version() { rustc --version 2>/dev/null | awk '{ print $2 }'; }

rust_is_recent() {
  local have
  have=$(rustc_version) && [ -n "$have" ] && command -v cargo >/dev/null || return 1
  [ "$(printf '%s\n' "$(rust_wanted)" "$have" | sort -V | head -n 1)" = "$(rust_wanted)" ]
}
