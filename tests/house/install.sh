#!/usr/bin/env bash
# An installed zest is found and works: by pkg-config, shared and static, and by find_package.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
DESTDIR='' cmake --install build/release --prefix "$prefix" >/dev/null
for file in bin/zproxy include/zest/*.h lib/libzest{,-proxy}.{so,so.1,a} \
  lib/pkgconfig/zest{,-proxy}.pc \
  lib/cmake/zest/zestConfig.cmake share/man/man3/zest_{http,upstream,listen,link_go_on}.3 \
  share/doc/zest/reference/upstream.md; do
  [ -e "$prefix/$file" ] || { echo "cmake/install.cmake:1: does not install $file"; exit 1; }
done
# Moved, to prove that nothing holds its first place.
mv "$prefix" "$work/moved"
prefix=$work/moved

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
source=tests/house/install/consumer.c
# shellcheck disable=SC2046  # flags are several words
gcc -std=c11 -Wall -Wextra -Werror $source $(pkg-config --cflags --libs zest) -o "$work/shared"
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Werror -static $source $(pkg-config --static --cflags --libs zest) -o "$work/static"

source=tests/house/install/pipeline.c
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Werror $source $(pkg-config --cflags --libs zest-proxy) -o "$work/pipeline"
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Werror -static $source $(pkg-config --static --cflags --libs zest-proxy) \
  -o "$work/pipeline_static" 2>"$work/warned" || { cat "$work/warned"; exit 1; }
cmake -S tests/house/install -B "$work/cmake" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 &&
  cmake --build "$work/cmake" >>"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

status=0
for program in "$work"/{,cmake/}{shared,pipeline} "$work"/{static,pipeline_static} \
  "$work"/cmake/{archived,pipeline_archived}; do
  timeout 20 "$program" && echo "ran ${program#"$work"/}" && continue
  echo "tests/house/install:1: as ${program#"$work"/} it failed"
  status=1
done
if ldd "$work/cmake/archived" "$work/cmake/pipeline_archived" | grep libzest; then
  echo "cmake/zestConfig.cmake.in:1: an archive is not static"
  status=1
fi
exit $status
