#!/usr/bin/env bash
# What libzest and libzest-proxy export is what capi/<name>.symbols lists, what their headers declare
# and what the version script names; and they need libc alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C # one order for sort and comm

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

complain() {
  printf '%s\n' "$*"
  status=1
}

# agree <what> <file of names>: the same as the committed list.
agree() {
  local what=$1
  diff <(grep -v '^#' "$list") <(sort -u "$2") >"$work/diff" && return
  sed -n "s|^< |$list:1: not in $what: |p; s|^> |$list:1: missing, but in $what: |p" "$work/diff"
  status=1
}

# check_library <name> <header ...>
check_library() {
  local name=$1 library=build/release/lib/lib$1.so.1 archive=build/release/lib/lib$1.a
  list=capi/$name.symbols
  shift
  # A declaration is ZEST_API, a type, the name, and an open bracket, perhaps over two lines.
  (cd include/zest && cat "$@") | tr '\n' ' ' | grep -oE 'ZEST_API [^;(]*[ *]zest_[a-z0-9_]+\(' |
    grep -oE 'zest_[a-z0-9_]+\($' | tr -d '(' >"$work/headers"
  agree "the headers" "$work/headers"

  grep -oE '\bzest_[a-z0-9_]+;' "capi/$name.map" | tr -d ';' >"$work/map"
  agree "capi/$name.map" "$work/map"

  # Type A is the name of a version, such as ZEST_0.1.
  nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' >"$work/exported"
  agree "$library" "$work/exported"

  # The archive may hold more (it has to), but not lack one.
  nm --defined-only "$archive" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u >"$work/archive"
  grep -v '^#' "$list" | sort -u | comm -23 - "$work/archive" | while read -r symbol; do
    echo "$list:1: not in $archive: $symbol"
  done | grep . && status=1

  readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc\.so\.6|ld-linux.*)$' |
    while read -r needed; do echo "$library:1: needs $needed, but may need libc alone"; done | grep . && status=1
  ldd "$library" | grep -vE 'linux-vdso|libc\.so\.6|/ld-linux' && complain "$library:1: ldd finds more than libc"
  readelf -d "$library" | grep -q "SONAME.*\[lib$name\.so\.1\]" || complain "$library:1: soname is not lib$name.so.1"
  readelf -d "$library" | grep -q TEXTREL && complain "$library:1: has text relocations"
  return 0
}

check_library zest acceptor.h base.h
# Every other header is the pipeline's; zest.h only includes.
mapfile -t pipeline < <(cd include/zest && ls -- *.h | grep -vxE 'acceptor\.h|base\.h|zest\.h')
check_library zest-proxy "${pipeline[@]}"
exit $status
