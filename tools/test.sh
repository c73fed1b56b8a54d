# Sourced by ./dev. Every suite is a list of steps; each leaves build/results/<step>.{rc,log,xml},
# and tests/house/summary.py adds them up.

results=build/results
checks=(format floors shape docs headers symbols abi tidy install)

# step <name> <command ...>: run it, keep its output and its exit status, and go on.
step() {
  local name=$1 start=$SECONDS rc
  shift
  say "--- $name"
  set +e
  (set -e; "$@") 2>&1 </dev/null | tee "$results/$name.log"
  rc=${PIPESTATUS[0]}
  set -e
  echo "$rc" >"$results/$name.rc"
  say "--- $name: $([ "$rc" = 0 ] && echo good || echo "exit $rc"), $((SECONDS - start)) s"
}

# twice <step> <command ...>: what failed runs once more with nothing beside it, and if it passes then
# is told as unsteady. Not what a sanitizer or a crash has spoken of: that is true the first time.
twice() {
  local name=$1 failed
  step "$@" "$name"
  failed=$(tests/house/summary.py $results --failed "$name")
  [ -z "$failed" ] || step "${name}_again" "${@:2}" "${name}_again" -j 1 -R "$failed"
}

# ctest_suite <preset> <step> [ctest args]
ctest_suite() {
  ctest --preset "$1" --output-junit "$PWD/$results/$2.xml" --test-output-size-passed 1000000 \
    --timeout 900 "${@:3}"
}

fresh_results() {
  rm -rf $results
  mkdir -p $results
}

test_all() {
  fresh_results
  local preset target
  for preset in release dev tsan; do
    step "build_$preset" build $preset
  done
  run_checks "${checks[@]}"
  for preset in dev tsan; do
    twice "ctest_$preset" ctest_suite $preset
  done
  twice ctest_vm vm_suite
  step cargo cargo_test
  step build_fuzz build fuzz
  fuzz_steps 10 60
  python3 tests/house/summary.py $results
}

# cargo has no deadline for a test; this one is for all of them.
cargo_test() {
  local features
  for features in "" tokio pipeline; do  # the crate with less than all of it
    cargo_here rustc -p zest --lib --no-default-features --features "$features" -- -D warnings ||
      return 1
  done
  cargo_here test --workspace --no-run
  export -f cargo_here
  timeout -k 10 1200 bash -c 'cargo_here test --workspace --no-fail-fast'
}

check_all() {
  fresh_results
  [ $# -gt 0 ] || set -- "${checks[@]}"
  run_checks "$@"
  python3 tests/house/summary.py $results
}

run_checks() {
  local check script
  for check in "$@"; do
    script=tests/house/$check.py
    [ -x "$script" ] || script=tests/house/$check.sh
    [ -x "$script" ] || die "no check '$check': ${checks[*]}"
    case $check in
      shape | symbols | install) [ -f $results/build_release.rc ] || step build_release build release ;;
      tidy) [ -f $results/build_dev.rc ] || step build_dev build dev zest ;;
    esac
    step "check_$check" "$script"
  done
}

# suite <preset> [ctest args]: one preset's tests, for a developer.
suite() {
  local preset=$1
  shift
  build "$preset"
  ctest --preset "$preset" --timeout 900 "$@"
}

fuzz_all() {
  build fuzz
  fresh_results
  fuzz_steps "${1:-60}" "${1:-60}"
  python3 tests/house/summary.py $results
}

# fuzz_steps <seconds> <seconds of those that read what strangers send, or decide what it means>:
# as many at once as there are CPUs.
fuzz_steps() {
  export -f step say fuzz_one
  export results
  local target name
  for target in build/fuzz/bin/*_fuzz; do
    name=$(basename "$target" _fuzz)
    case $name in
      http_request | http_response | http_chunked | config) echo "$name $2" ;;
      *) echo "$name $1" ;;
    esac
  done | xargs -P "$jobs" -L 1 bash -euo pipefail -c 'step "fuzz_$1" fuzz_one "$@"' fuzz
}

# What is found new goes to build/fuzz/corpus; what is worth keeping is copied by hand.
fuzz_one() {
  local name=$1 seeds=tests/fuzz/corpus/$1
  mkdir -p build/fuzz/corpus/"$name" build/fuzz/finds
  [ -d "$seeds" ] || seeds=
  # Not 77, its own status of a find, which is a skip's here.
  build/fuzz/bin/"$name"_fuzz build/fuzz/corpus/"$name" $seeds -max_total_time="$2" -timeout=10 \
    -error_exitcode=1 -timeout_exitcode=1 -rss_limit_mb=2048 \
    -artifact_prefix=build/fuzz/finds/"$name"- -verbosity=0 -print_final_stats=1
}
