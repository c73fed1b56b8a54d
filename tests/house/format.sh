#!/usr/bin/env bash
# The formatters would change nothing. ./dev format does what they would.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/build.sh

status=0
if ! said=$(clang_format --dry-run -Werror 2>&1); then
  status=1
  # One line per file is enough to know.
  grep -E ': error:' <<<"$said" | awk -F: '!seen[$1]++ { print $1 ":" $2 ": not as clang-format-19 writes it" }'
fi
if ! said=$(rust_format --check -l 2>&1); then
  status=1
  sed "s|^$PWD/\(.*\.rs\)\$|\1:1: not as rustfmt writes it|" <<<"$said" | head -n 30
fi
[ $status = 0 ] || echo "./dev format puts it right"
exit $status
