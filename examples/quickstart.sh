#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds examples/quickstart and runs it on a copy of a repository that Python wrote.
# Usage: examples/quickstart.sh [FOLDER]   (default: the sea-surface temperatures of tests/data/sst-v2)
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
source="$(cd "${1:-$root/tests/data/sst-v2}" && pwd)"
build="$root/build/quickstart"

"$root/cmake/install_packages.sh" build
mkdir -p "$build"
run() {  # what it is, command...: shows the output only if it fails
  local what="$1" log="$build/quickstart.log"
  shift
  "$@" >"$log" 2>&1 </dev/null || { cat "$log"; echo "$what failed" >&2; exit 1; }
}
if [ ! -x "$build/examples/quickstart" ]; then
  echo "building the example (a minute or two, once)"
fi
run "the configuration" cmake -S "$root" -B "$build" -G Ninja -D CMAKE_BUILD_TYPE=Release -D VARVE_TESTS=OFF
run "the build" cmake --build "$build" --target example_quickstart

copy="$build/$(basename "$source")"
rm -rf "$copy"
cp -r "$source" "$copy"
"$build/examples/quickstart" "$copy"
echo "The repository is in $copy"
