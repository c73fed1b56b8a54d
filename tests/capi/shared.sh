#!/usr/bin/env bash
# shared.sh <name>: <name>_test.c as a host would have it: compiled by the system's compiler, without
# our build, against the shared library that is shipped (or $ZEST_LIB). shared.sh dlopen: not even
# linked to it. shared.sh pipeline/<name>: with libzest-proxy.so.1 of the same folder, too.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
root=$here/../..
library=${ZEST_LIB:-$root/build/release/lib/libzest.so.1}
proxy_library=$(dirname "$library")/libzest-proxy.so.1
name=$1
shift

if [ ! -e "$library" ]; then
  echo "skipped: $library is not there: ./dev build"
  exit 77
fi
export ZEST_LIB=$library
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^project(zest VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
sources=("$here/${name}_test.c")
folders=("$here")
link=("$library" "-Wl,-rpath,$(dirname "$(readlink -f "$library")")")
case $name in
  pipeline/*)
    export ZEST_PROXY_LIB=$proxy_library
    folders+=("$here/pipeline")
    link=("$proxy_library" "${link[@]}")
    ;;
esac
for folder in "${folders[@]}"; do
  for source in "$folder"/*.c; do
    case $source in *_test.c) ;; *) sources+=("$source") ;; esac
  done
done
case $name in
  *dlopen)
    sources=("$here/${name}_test.c")
    link=(-ldl)
    ;;
esac
"${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror -pthread -D_GNU_SOURCE \
  -DZEST_PROJECT_VERSION="\"$version\"" -I"$root/include" -I"$here" "${sources[@]}" "${link[@]}" \
  -o "$work/capi_$(basename "$name")"
${RUNNER:-} "$work/capi_$(basename "$name")" "$@"
