# Sourced by ./dev. Building, running and measuring.

jobs=${ZEST_JOBS:-$(nproc)}
export CTEST_PARALLEL_LEVEL=$jobs CARGO_BUILD_JOBS=$jobs

# build <preset> [target ...]
build() {
  local preset=$1 dir=build/$1
  shift
  # ninja runs cmake again by itself, but knows nothing of the presets.
  if [ ! -f "$dir/build.ninja" ] || [ CMakePresets.json -nt "$dir/build.ninja" ]; then
    say "configuring $dir"
    cmake --preset "$preset" >"$dir.configure.log" 2>&1 || {
      cat "$dir.configure.log" >&2
      return 1
    }
  fi
  say "building $dir"
  cmake --build "$dir" -j "$jobs" ${1:+--target "$@"}
}

# cargo <verb> ... in the workspace, against the release library.
cargo_here() {
  local verb=$1 lib=$PWD/build/release/lib
  shift
  # CI builds what Cargo.lock says; a developer may be changing it.
  (cd rust-examples && ZEST_LIB_DIR=$lib LD_LIBRARY_PATH=$lib cargo "$verb" ${CI:+--locked} "$@")
}

# run [host] [args]: a Rust host by its name, else zproxy with an origin of its own.
run() {
  if [ $# -gt 0 ] && [ -d "rust-examples/$1" ]; then
    run_host "$@"
  else
    build release zproxy
    exec build/release/bin/zproxy --demo "$@"
  fi
}

run_host() {
  local host=$1
  shift
  build release
  cargo_here build --release --quiet --bin "$host"
  LD_LIBRARY_PATH=$PWD/build/release/lib exec "rust-examples/target/release/$host" "$@"
}

bench_all() {
  build release
  build bench
  local bench
  for bench in build/bench/bin/*_bench; do
    [ -x "$bench" ] || continue
    say "$bench"
    "$bench" --benchmark_min_time=0.2
  done
  bench/run "$@"
}

format_all() {
  clang_format -i
  rust_format
}

# rust_format <flags>: the same for Rust.
rust_format() {
  local workspace
  for workspace in rust-examples bench/compare/tokio bench/compare/hosts/hyper; do
    (cd "$workspace" && cargo fmt --all -- "$@") || return 1
  done
}

# clang_format <flags>: over all C and C++ that is ours, by the .clang-format of its folder.
clang_format() {
  find src capi include examples tests bench -name '*.h' -o -name '*.cc' -o -name '*.c' |
    xargs clang-format-19 "$@"
}
