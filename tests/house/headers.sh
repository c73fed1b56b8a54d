#!/usr/bin/env bash
# Every public header compiles alone, as C and as C++, with both compilers and all warnings; and
# each ZEST_X_INIT initialises a zest_x.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fsyntax-only -Iinclude)
status=0

# try <what> <compiler and arguments ...>
try() {
  local what=$1
  shift
  "$@" 2>"$work/said" && return
  printf '%s:1: does not compile alone: %s\n' "$what" "$*"
  head -n 5 "$work/said"
  status=1
}

for header in include/zest/*.h; do
  unit=$work/unit.c
  {
    echo "#include <zest/$(basename "$header")>"
    sed -n 's/^#define ZEST_\([A-Z_]*\)_INIT.*/\1/p' "$header" | while read -r name; do
      echo "extern zest_${name,,} a_${name,,}; zest_${name,,} a_${name,,} = ZEST_${name}_INIT;"
    done
    echo "int main(void) { return 0; }"
  } >"$unit"
  for std in c99 c11 c17; do
    try "$header" gcc "-std=$std" "${warnings[@]}" -Wstrict-prototypes "$unit"
    try "$header" clang-19 "-std=$std" "${warnings[@]}" -Wstrict-prototypes "$unit"
  done
  # Fields left out are the point of an initialiser; C++ compilers mind, C ones don't.
  for std in c++20 c++23; do
    try "$header" g++ "-std=$std" "${warnings[@]}" -Wno-missing-field-initializers -x c++ "$unit"
    try "$header" clang++-19 "-std=$std" "${warnings[@]}" -Wno-missing-field-initializers -x c++ "$unit"
  done
  # Designated initialisers came with C++20: before, the declarations alone.
  echo "#include <zest/$(basename "$header")>" >"$unit"
  for std in c++11 c++17; do
    try "$header" g++ "-std=$std" "${warnings[@]}" -x c++ "$unit"
    try "$header" clang++-19 "-std=$std" "${warnings[@]}" -x c++ "$unit"
  done
done
exit $status
