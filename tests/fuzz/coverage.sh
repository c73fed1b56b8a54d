#!/usr/bin/env bash
# tests/fuzz/coverage.sh [seconds]: fuzzes each parser for so long (60) in a build that counts, and prints
# how many of the branches of the code it is for the corpus reaches: the table in docs/BENCHMARKS.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
build=build/coverage

cmake --preset fuzz -B $build -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DZEST_SANITIZE=fuzzer-no-link \
  -DCMAKE_CXX_FLAGS="-fprofile-instr-generate -fcoverage-mapping" >/dev/null

# The fuzzer, then the sources it is for.
table=(
  "http_request request.cc parser.cc fields.cc target.cc authority.cc framing.cc connection.cc serialize.cc"
  "http_response response.cc parser.cc fields.cc framing.cc connection.cc serialize.cc"
  "http_chunked chunked.cc trailers.cc"
  "config toml.cc draft.cc draft_whole.cc keys.cc shape.cc texts.cc address.cc problems.cc load.cc"
)

for row in "${table[@]}"; do
  read -r name files <<<"$row"
  cmake --build $build --target "${name}_fuzz" -j"${ZEST_JOBS:-$(nproc)}" >/dev/null
  corpus=$build/corpus/$name
  mkdir -p "$corpus"
  LLVM_PROFILE_FILE=/dev/null nice -n 19 $build/bin/"${name}_fuzz" "$corpus" tests/fuzz/corpus/"$name" \
    -max_total_time="$seconds" -timeout=10 -artifact_prefix=$build/ -verbosity=0 -print_final_stats=1 2>&1 |
    sed -n "s/^stat::number_of_executed_units: */$name: executions /p"
  LLVM_PROFILE_FILE=$build/$name.raw $build/bin/"${name}_fuzz" "$corpus" tests/fuzz/corpus/"$name" -runs=0 \
    2>/dev/null
  llvm-profdata-19 merge -sparse $build/"$name".raw -o $build/"$name".profile
  folder=src/http
  [ "$name" = config ] && folder=src/config
  sources=()
  for file in $files; do sources+=("$PWD/$folder/$file"); done
  llvm-cov-19 report $build/bin/"${name}_fuzz" -instr-profile=$build/"$name".profile \
    -show-functions=false "${sources[@]}" |
    awk -v name="$name" '/^TOTAL/ { print name ": lines " $10 ", branches " $NF " of " $(NF - 2) }'
done
