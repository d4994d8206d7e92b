#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# varve beside the reference (Icechunk's Rust crate), TensorStore, OCDBT and zarrs in one run, in turns, on servers of this
# machine: builds or installs all of them, then see run.py. The reference needs Rust 1.95 or newer, from https://rustup.rs.
# Usage: bench/peers/run.sh [--rounds N] [--shapes] [WORKLOAD...]
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v cargo >/dev/null || { echo "cargo is not installed: https://rustup.rs has it" >&2; exit 1; }
cmake/install_packages.sh tests
echo "== building varve's driver"
cmake --preset release -D VARVE_BENCHMARKS=ON >/dev/null
cmake --build build/release --target varve_peer -- --quiet
echo "== building the reference's driver (some minutes the first time)"
cargo build --quiet --release --manifest-path bench/peers/reference/Cargo.toml --target-dir build/peers/reference
python="$(tests/interop/environment bench/peers/requirements.txt)"
tests/services/with minio toxiproxy nginx -- "$python" bench/peers/run.py \
  build/release/bench/varve_peer build/peers/reference/release/reference_peer "$python" "$@"
