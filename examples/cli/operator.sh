#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A day of an operator with nothing but `varve`: from an empty folder to a cloned, expired, collected and verified
# repository. It prints each command before what it says. Usage: operator.sh [FOLDER], which is made and must not be there.
set -euo pipefail
mkdir -p "${1:-operator}"
cd "${1:-operator}"
step() {
  local word line='$'
  for word in "$@"; do
    case "$word" in *' '*) line+=" '$word'" ;; *) line+=" $word" ;; esac
  done
  echo "$line"
  "$@"
}

# A file as NumPy writes it: 4 x 6 floats, all 1.5.
{
  printf '\x93NUMPY\x01\x00\x76\x00'
  printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 6), }"
  for _ in {1..24}; do printf '\x00\x00\xc0\x3f'; done
} >day1.npy
# And one of a single row, all 2.
{
  printf '\x93NUMPY\x01\x00\x76\x00'
  printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 6), }"
  for _ in {1..6}; do printf '\x00\x00\x00\x40'; done
} >day2.npy

step varve create ocean
step varve metadata ocean --set title='Ocean model'
step varve import ocean day1.npy /sst --chunks 1,6 --dimensions time,x -m 'day 1'
step varve tag ocean v1
step varve branch ocean trial
step varve import ocean day2.npy /sst --box 2 --branch trial -m 'a trial'
step varve import ocean day2.npy /sst --box 0 -m 'day 2'
step varve import ocean day2.npy /sst --box 1 -m 'day 3'
step varve tree ocean
step varve log ocean --graph
step varve diff ocean v1 main
step varve cat ocean /sst
step varve cp ocean clone
step varve branch ocean trial --delete
step varve expire ocean --older-than 0s --dry-run
step varve expire ocean --older-than 0s --yes
step varve gc ocean --older-than 0s --dry-run
step varve gc ocean --older-than 0s --yes
step varve log ocean
step varve cp ocean clone
step varve verify clone --deep
step varve verify ocean --deep
