#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints which share of the lines of include/varve the programs of a build ran, by room; coverage.txt in the build has
# it by file. Usage: coverage.sh BUILD_FOLDER LLVM_PROFDATA LLVM_COV
set -euo pipefail
build="$1" profdata="$2" cov="$3"

"$profdata" merge -sparse -o "$build/coverage.profdata" "$build"/profiles/*.profraw
programs=()
for program in "$build"/tests/varve_*_tests "$build"/tests/*/fuzz_* "$build"/examples/*; do
  [ -f "$program" ] && [ -x "$program" ] && programs+=(-object "$program")
done
"$cov" export "${programs[@]:1}" -instr-profile "$build/coverage.profdata" -summary-only >"$build/coverage.json" 2>/dev/null
awk -v RS='"filename":"' '
  /"lines":/ {
    file = $0; sub(/".*/, "", file)
    if (file !~ /include\/varve\// || file ~ /\/generated\//) next
    sub(/.*include\/varve\//, "", file)
    match($0, /"lines":\{"count":[0-9]+,"covered":[0-9]+/)
    split(substr($0, RSTART, RLENGTH), field, /[:,]/)
    print file, field[3], field[5]
  }' "$build/coverage.json" | sort >"$build/coverage.txt"
echo "line coverage of include/varve ($build/coverage.txt has it by file):"
awk '
  { room = $1; sub(/\/.*/, "", room); lines[room] += $2; covered[room] += $3; all += $2; hit += $3 }
  END {
    for (room in lines) printf "  %-12s %5.1f %%  of %5d lines\n", room, 100 * covered[room] / lines[room], lines[room] | "sort"
    close("sort")
    if (all) printf "  %-12s %5.1f %%  of %5d lines\n", "together", 100 * hit / all, all
  }' "$build/coverage.txt"
