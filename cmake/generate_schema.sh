#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes include/varve/format/generated/icechunk.hpp from the schema beside it.
#   cmake/generate_schema.sh [OUTPUT]     OUTPUT: another file to write instead; FLATC: another flatc to run
# The committed header was made by flatc 2.0.8. Its check of the runtime's version is taken out: the code uses nothing
# that changed between 2.0.8 and 23.5, and tests/format/schema.cpp checks the layout it stands for.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
output=${1:-$root/include/varve/format/generated/icechunk.hpp}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${FLATC:-flatc}" --cpp --scoped-enums --filename-suffix '' -o "$work" "$root/include/varve/format/schema/icechunk.fbs"
{
  echo '// SPDX-License-Identifier: Apache-2.0'
  echo '// Generated from schema/icechunk.fbs by cmake/generate_schema.sh; only the encoders (impl/*.ipp) include it.'
  echo '#pragma once'
  echo '#pragma GCC system_header  // no warnings are asked of generated code'
  sed -e '/^\/\/ automatically generated/d' -e '/^\/\/ Ensure the included flatbuffers/,/^ *"Non-compatible/d' \
    -e '/^#ifndef FLATBUFFERS_GENERATED_/d' -e '/^#define FLATBUFFERS_GENERATED_/d' -e '/^#endif  \/\/ FLATBUFFERS_GENERATED_/d' \
    -e 's|#include "flatbuffers/flatbuffers.h"|#include <flatbuffers/flatbuffers.h>|' \
    -e 's/^namespace v0 {/inline namespace v0 {/' "$work/icechunk.h" | cat -s
} >"$work/out"
mv "$work/out" "$output"
chmod 644 "$output"
