#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests need, builds, and runs all of them:
#   gcc    g++, all warnings as errors: the rooms, the examples, the package, the tree, and Python on the same repositories
#   asan   clang with address and undefined-behaviour sanitizers, bounded runs of the fuzz targets, line coverage
#   tsan   clang with the thread sanitizer
# Usage: tests/run.sh [quick | gcc | asan | tsan]... [--only REGEX]
#   gcc, asan, tsan  only these configurations; all three if none is named
#   quick         only gcc, without Python
#   --only REGEX  only the tests whose names match, for example 'codec/' or 'layout\.'
# The last line is `N passed, N failed, N skipped`: cases of the C++ and Python tests, and one for any other test.
set -euo pipefail
cd "$(dirname "$0")/.."

configurations=(gcc asan tsan)
picked=()
python=true
only=""
while [ $# -gt 0 ]; do
  case "$1" in
    gcc|asan|tsan) picked+=("$1") ;;
    quick) configurations=(gcc); python=false ;;
    --only) only="${2:?--only needs a regular expression}"; shift ;;
    *) sed -n '/^# Usage/,/^#   --only/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done

[ "${#picked[@]}" = 0 ] || configurations=("${picked[@]}")
started=$SECONDS
say() { printf '== %s  [%d:%02d]\n' "$*" $(((SECONDS - started) / 60)) $(((SECONDS - started) % 60)); }

cmake/install_packages.sh tests

clang=""
for version in 16 19 18 17 20 21; do
  command -v "clang++-$version" >/dev/null && command -v "llvm-cov-$version" >/dev/null && { clang="$version"; break; }
done
suffix="${clang:+-$clang}"
if $python; then
  tests/interop/environment >/dev/null || true  # its tests say so when there is none
fi

# The servers of object storage install beside the build; services/with waits for the one that it needs.
mkdir -p build
if [ -z "$only" ]; then
  say "servers: installing what is missing of them beside the build, see build/services.log"
  nice -n 10 tests/services/install >build/services.log 2>&1 </dev/null &
fi

# The kernel's address randomisation can leave the thread sanitizer no room for its shadow.
fixed_addresses=()
setarch -R true 2>/dev/null && fixed_addresses=(setarch -R)

chosen=(${only:+--tests-regex "$only"})
$python || chosen+=(--label-exclude python)
jobs="${JOBS:-$(nproc)}"
passed=0 failed=0 skipped=0
for configuration in "${configurations[@]}"; do
  build="build/$configuration"
  runner=()
  case $configuration in
    gcc) options=(--preset tests -D "CMAKE_CXX_COMPILER=g++") ;;
    asan) options=(--preset fuzz -D "CMAKE_CXX_COMPILER=clang++$suffix" \
               -D "CMAKE_CXX_FLAGS=-fprofile-instr-generate -fcoverage-mapping") ;;
    tsan) options=(--preset tsan -D "CMAKE_CXX_COMPILER=clang++$suffix"); runner=("${fixed_addresses[@]}") ;;
  esac
  say "$configuration: build"
  cmake "${options[@]}" -B "$build" >"build/$configuration.configure.log" 2>&1 ||
    { cat "build/$configuration.configure.log"; failed=$((failed + 1)); continue; }
  # A unit that does not compile fails the tests of its program; the others still run.
  if ! cmake --build "$build" --parallel "$jobs" -- -k 0 --quiet >"$build/build.log" 2>&1; then
    grep -E '(error|Error): |undefined reference|ld returned' "$build/build.log" | head -n 40
    echo "the build of $configuration failed: $build/build.log has the whole of it"
    failed=$((failed + 1))
  fi
  say "$configuration: test"
  rm -rf "$build/profiles" "$build/Testing/Temporary/LastTest.log"
  mkdir -p "$build/Testing/Temporary" && touch "$build/Testing/Temporary/LastTest.log"
  export ASAN_OPTIONS="detect_stack_use_after_return=1" UBSAN_OPTIONS="print_stacktrace=1"
  export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 die_after_fork=0 suppressions=$PWD/tests/support/tsan.supp"
  export LLVM_PROFILE_FILE="$PWD/$build/profiles/%4m.profraw"
  "${runner[@]}" ctest --test-dir "$build" --parallel "$jobs" --output-on-failure --no-tests=error \
    "${chosen[@]}" >"$build/tests.log" 2>&1 </dev/null || true
  read -r p f s < <(awk -f tests/support/count.awk "$build/Testing/Temporary/LastTest.log")
  if [ "$f" -gt 0 ] || ! grep -q '^Total Test time' "$build/tests.log"; then
    cat "$build/tests.log"
  fi
  grep -hE '^skipped: ' "$build/Testing/Temporary/LastTest.log" | sort | uniq -c || true
  say "$configuration: $p passed, $f failed, $s skipped"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$configuration" = asan ] && compgen -G "$build/profiles/*.profraw" >/dev/null; then
    tests/support/coverage.sh "$build" "llvm-profdata$suffix" "llvm-cov$suffix"
  fi
done

say "done"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
