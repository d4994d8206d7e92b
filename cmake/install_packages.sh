#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what varve needs from the packages of Debian 12, Debian 13 and Ubuntu; says nothing when all is there.
#   cmake/install_packages.sh build   compiler, CMake and the libraries
#   cmake/install_packages.sh tests   also clang with its sanitizers, doctest and what a Python may need
# Elsewhere it says what to install and succeeds: the build then finds what there is.
set -euo pipefail

for_tests=false
[ "${1:-build}" = tests ] && for_tests=true

if ! command -v apt-get >/dev/null; then
  for tool in cmake ninja c++; do
    command -v "$tool" >/dev/null || missing_tool=true
  done
  if [ -n "${missing_tool:-}" ] || [ ! -e "${HOME}/.cache/varve/told" ]; then
    cat <<'END'
This system has no apt-get. varve needs, by whatever names they have here:
  g++ 12 or newer (or clang 16), CMake 3.24 or newer, Ninja,
  Boost 1.81 or newer (headers), zstd, c-blosc 1, libdeflate, FlatBuffers (headers), simdjson, yaml-cpp, OpenSSL, pugixml
END
    if $for_tests; then
      echo "  and for the tests: doctest, clang 16 or newer with compiler-rt and llvm tools, Python 3.12 or newer with venv"
    fi
    mkdir -p "${HOME}/.cache/varve" && touch "${HOME}/.cache/varve/told"
  fi
  exit 0
fi

installed() {  # package...: all are
  local status
  for package in "$@"; do
    status="$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)"
    [ "$status" = installed ] || return 1
  done
}

run_as_root() {  # command...
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
  else
    echo "run this as root, then start again: $*" >&2
    exit 1
  fi
}

updated=false
update() {
  if ! $updated; then
    run_as_root apt-get -qq update
    updated=true
  fi
}
offered() {  # package: apt could install it
  apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

missing=()
want() {
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
}

want g++ make cmake ninja-build libzstd-dev libblosc-dev libdeflate-dev libflatbuffers-dev libsimdjson-dev libyaml-cpp-dev
want libssl-dev libpugixml-dev ca-certificates

# Boost from 1.81 on: Debian 12 has it beside its default of 1.74.
if ! grep -qsE '^#define BOOST_VERSION (10[89][1-9]|109[0-9]|1[1-9][0-9]{2})' /usr/include/boost/version.hpp ||
   [ ! -e /usr/include/boost/asio.hpp ]; then
  offered libboost-dev || update
  default="$(apt-cache policy libboost-dev | sed -n 's/^ *Candidate: //p')"
  if dpkg --compare-versions "${default:-0}" ge 1.81; then
    missing+=(libboost-dev)
  else
    missing+=(libboost1.81-dev)
  fi
fi

if $for_tests; then
  want doctest-dev libbenchmark-dev libcli11-dev ccache flatbuffers-compiler curl openssl
  # The oldest clang from 16 on, which is the one that the tests are written for; any newer one does.
  clang=""
  for version in 16 19 18 17 20 21; do
    if installed "clang-$version" "libclang-rt-$version-dev" "llvm-$version"; then clang="$version"; break; fi
  done
  if [ -z "$clang" ]; then
    offered g++ || update
    for version in 16 19 18 17 20 21; do
      if offered "clang-$version"; then clang="$version"; break; fi
    done
    want "clang-$clang" "libclang-rt-$clang-dev" "llvm-$clang"
  fi
  # Python 3.12 or newer, or what it takes to build one.
  if ! "$(dirname "$0")/../tests/interop/find_python" --only-look >/dev/null 2>&1; then
    offered python3 || update
    if dpkg --compare-versions "$(apt-cache policy python3 | sed -n 's/^ *Candidate: //p')" ge 3.12; then
      want python3 python3-venv
    else
      want make xz-utils zlib1g-dev libffi-dev libbz2-dev liblzma-dev libsqlite3-dev
    fi
  fi
fi

if [ "${#missing[@]}" -gt 0 ]; then
  echo "installing: ${missing[*]}"
  update
  log="$(mktemp)"
  run_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >"$log" 2>&1 </dev/null || { tail -n 20 "$log" >&2; rm -f "$log"; exit 1; }
  rm -f "$log"
fi
