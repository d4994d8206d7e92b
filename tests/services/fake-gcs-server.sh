# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# fake-gcs-server: the JSON API of Google Cloud Storage, in memory. Preconditions hold on uploads only.
gcs_module=github.com/fsouza/fake-gcs-server@v1.56.1
fake-gcs-server_present() { [ -x "$(go_binary fake-gcs-server $gcs_module)" ]; }
fake-gcs-server_missing() { fake-gcs-server_present || lacks_go; }
fake-gcs-server_install() { go_install fake-gcs-server $gcs_module; }
fake-gcs-server_start() {
  local endpoint="http://127.0.0.1:$port"
  launch "$(go_binary fake-gcs-server $gcs_module)" -scheme http -host 127.0.0.1 -port "$port" \
    -public-host "127.0.0.1:$port" -external-url "$endpoint" -log-level warn -backend memory
  wait_until curl -sf "$endpoint/_internal/healthcheck"
  curl -sf -o /dev/null -H 'content-type: application/json' -d "{\"name\":\"$bucket\"}" \
    "$endpoint/storage/v1/b?project=test" || die "fake-gcs-server made no bucket"
  export VARVE_TEST_GCS_ENDPOINT="$endpoint" VARVE_TEST_GCS_BUCKET="$bucket"
}
