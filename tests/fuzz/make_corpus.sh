#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes tests/fuzz/corpus again from the real repositories of tests/data.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-c++}" -std=c++20 -I"$root/include" -I"$root/tests" -DVARVE_TEST_DATA="\"$root/tests/data\"" \
  "$root/tests/fuzz/make_corpus/main.cpp" "$root/tests/support/data.cpp" -o "$work/make_corpus" -lzstd
rm -rf "$root/tests/fuzz/corpus"
"$work/make_corpus" "$root/tests/fuzz/corpus"
