# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# MinIO: the main S3 server of the tests. Its conditional writes are atomic, and an ETag always belongs to its body.
minio_module=github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
minio_present() { [ -x "$(go_binary minio $minio_module)" ]; }
minio_missing() { minio_present || lacks_go; }
minio_install() { go_install minio $minio_module; }
minio_run() {  # scheme [options]
  mkdir -p "$data/$bucket"  # a folder is a bucket
  MINIO_ROOT_USER="$access_key" MINIO_ROOT_PASSWORD="$secret_key" MINIO_DOMAIN=localhost MINIO_CI_CD=1 MINIO_BROWSER=off \
  MINIO_UPDATE=off MINIO_SCANNER_SPEED=slowest MINIO_CALLHOME_ENABLE=off \
    launch "$(go_binary minio $minio_module)" server --quiet --address "127.0.0.1:$port" "${@:2}" "$data"
  wait_until curl -sfk "$1://127.0.0.1:$port/minio/health/ready"
}
minio_start() {
  minio_run http
  export_s3 "http://127.0.0.1:$port"
}
