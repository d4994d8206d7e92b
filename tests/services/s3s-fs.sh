# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# s3s-fs: a negative control. It accepts If-Match and If-None-Match, but several writers win one race.
s3s_folder="$home/s3s-fs-0.14.1"
s3s-fs_present() { [ -x "$s3s_folder/bin/s3s-fs" ]; }
s3s-fs_missing() { lacks curl; s3s-fs_present || { lacks cc; older_than 1.92 cargo --version; }; }
s3s-fs_install() {
  CARGO_TARGET_DIR="$s3s_folder/target" nice -n 10 cargo install -q -j 2 --locked --root "$s3s_folder" s3s-fs \
    --version 0.14.1 --features binary </dev/null
  rm -rf "$s3s_folder/target"
}
s3s-fs_start() {
  mkdir -p "$data/$bucket"
  RUST_LOG=error launch "$s3s_folder/bin/s3s-fs" --host 127.0.0.1 --port "$port" --access-key "$access_key" \
    --secret-key "$secret_key" "$data"
  wait_until curl -s "http://127.0.0.1:$port/"
  export_s3 "http://127.0.0.1:$port"
}
