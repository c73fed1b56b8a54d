#!/usr/bin/env bash
# run.sh c|python|go|node: builds that host of examples/ against the release libraries, and has
# scenario.py at it. Rust's is in rust-examples/mixed, and run by cargo.
set -euo pipefail
cd "$(dirname "$0")/../.."
lib=$PWD/build/release/lib
out=$PWD/build/hosts/$1
export ZEST_LIB=$lib/libzest.so.1 ZEST_PROXY_LIB=$lib/libzest-proxy.so.1 LD_LIBRARY_PATH=$lib
mkdir -p "$out"

skip() {
  echo "skipped: $1"
  exit 77
}
needs() { command -v "$1" >/dev/null || skip "no $1"; }
[ -e "$ZEST_PROXY_LIB" ] || skip "$ZEST_PROXY_LIB is not there: ./dev build"

case $1 in
  c)
    cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -Iinclude examples/c/*.c \
      -L"$lib" -lzest -lzest-proxy -o "$out/host"
    host=("$out/host")
    ;;
  python) host=(python3 examples/python/host.py) ;;
  go)
    needs go
    [ -z "$(gofmt -l examples/go)" ] || { gofmt -d examples/go; exit 1; }
    (cd examples/go && CGO_CFLAGS="-I$PWD/../../include" CGO_LDFLAGS="-L$lib -lzest -lzest-proxy" \
      go build -o "$out/host" .)
    host=("$out/host")
    ;;
  node)
    needs npm
    cp examples/node/* "$out"
    (cd "$out" && npm ci --no-fund --no-audit --ignore-scripts --loglevel=error)
    host=(node "$out/host.js")
    ;;
esac
exec tests/hosts/scenario.py "${host[@]}"
