# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the servers have in common. Sourced by `with` and `install` before the servers' own files. A server NAME has a file
# NAME.sh with three functions:
#   NAME_missing   prints why it cannot be had on this machine, or nothing
#   NAME_install   puts it into $home, from a package registry's ordinary client
#   NAME_start     starts it with its data in $data, waits until it answers and exports what tests need to know
# $VARVE_SVC_HOME (default ~/.cache/varve-services) keeps what is installed; everything else goes with the run.
set -euo pipefail
home="${VARVE_SVC_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/varve-services}"
region=us-east-1 bucket=varve-tests access_key=varvetest secret_key=varvetest-secret
mkdir -p "$home/bin" "$home/locks"

say() { printf '%s\n' "services: $*" >&2; }
die() { say "$*"; exit 1; }

# Prints the first tool that is not there, as a reason to skip.
lacks() { local tool; for tool in "$@"; do command -v "$tool" >/dev/null || { echo "$tool is not installed"; return 0; }; done; }

# The same for a version that is too old: older_than 1.21 go version
older_than() {  # version command...
  command -v "$2" >/dev/null || { echo "$2 is not installed"; return 0; }
  local found
  found="$("${@:2}" 2>&1 | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1 || true)"
  [ "$(printf '%s\n' "$1" "$found" | sort -V | head -n 1)" = "$1" ] || echo "$2 is of version $found, and $1 is needed"
}
lacks_go() { lacks curl; older_than 1.21 go version; }  # from which on go gets the toolchain that a module names

# One installation of a server at a time; whoever waited finds it installed.
install_server() {  # name
  "$1_present" && return 0
  local lock
  exec {lock}>"$home/locks/$1"
  flock "$lock"
  if ! "$1_present"; then
    say "installing $1 into $home"
    "$1_install" >&2
    "$1_present" || die "the installation of $1 left nothing to run"
  fi
  exec {lock}>&-
}

go_binary() { echo "$home/bin/$1-${2##*@}"; }  # program module@version
go_install() {  # program module@version
  local build
  build="$(mktemp -d "$home/bin/.build.XXXXXX")"
  GOBIN="$build" GOFLAGS=-buildvcs=false CGO_ENABLED=0 nice -n 10 go install -p 2 -trimpath -ldflags='-s -w' "$2" ||
    { rm -rf "$build"; return 1; }
  mv "$build"/* "$(go_binary "$1" "$2")"
  rm -rf "$build"
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
# Sets $port to one that is free and that no other run will take: the lock lasts as long as this process.
claim_port() {
  local lock
  for _ in {1..500}; do
    port=$((20000 + RANDOM % 10000))
    exec {lock}>"$home/locks/port-$port"
    if flock -n "$lock" && ! listening "$port"; then return 0; fi
    exec {lock}>&-
  done
  die "no port is free"
}

# Starts a server in the background; sets $pid. It ends with this process, however that ends.
pids=()
launch() {  # command...
  local with_us=()
  setpriv --pdeathsig KILL true 2>/dev/null && with_us=(setpriv --pdeathsig KILL)
  "${with_us[@]}" "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  pids+=("$pid")
}
wait_until() {  # command...: polls until it succeeds
  local end=$((SECONDS + ${VARVE_SVC_WAIT:-120}))
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; die "$name ended before it was ready"; }
    [ "$SECONDS" -lt "$end" ] || { tail -n 20 "$log" >&2; die "$name was not ready in time"; }
    sleep 0.05
  done
}
stop_servers() {
  local one
  for one in "${pids[@]}"; do kill "$one" 2>/dev/null || true; done
  for one in "${pids[@]}"; do
    for _ in {1..100}; do kill -0 "$one" 2>/dev/null || break; sleep 0.05; done
    kill -KILL "$one" 2>/dev/null || true
    wait "$one" 2>/dev/null || true
  done
  pids=()
}

# The first S3 server that was named is the one that tests use.
export_s3() {  # endpoint
  [ -z "${VARVE_TEST_S3_ENDPOINT:-}" ] || return 0
  export VARVE_TEST_S3_ENDPOINT="$1" VARVE_TEST_S3_BUCKET="$bucket" VARVE_TEST_S3_REGION="$region"
  export VARVE_TEST_S3_KEY="$access_key" VARVE_TEST_S3_SECRET="$secret_key" VARVE_TEST_S3_SERVER="$name"
}
