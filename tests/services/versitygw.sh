# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# versitygw: a quick and strict S3 server on a folder. Conditional writes are atomic, but a read that races with an
# overwrite may carry the ETag of a neighbour version.
versitygw_module=github.com/versity/versitygw/cmd/versitygw@v1.8.0
versitygw_present() { [ -x "$(go_binary versitygw $versitygw_module)" ]; }
versitygw_missing() { versitygw_present || lacks_go; }
versitygw_install() { go_install versitygw $versitygw_module; }
versitygw_start() {
  mkdir -p "$data/$bucket"
  ROOT_ACCESS_KEY="$access_key" ROOT_SECRET_KEY="$secret_key" launch "$(go_binary versitygw $versitygw_module)" \
    --port "127.0.0.1:$port" --health /healthz --keep-alive --quiet --virtual-domain localhost posix "$data"
  wait_until curl -sf "http://127.0.0.1:$port/healthz"
  export_s3 "http://127.0.0.1:$port"
}
