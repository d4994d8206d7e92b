# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# toxiproxy: faults and latency of TCP. Its proxy "s3" stands before the S3 server, if one was named.
toxiproxy_module=github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
toxiproxy_present() { [ -x "$(go_binary toxiproxy-server $toxiproxy_module)" ]; }
toxiproxy_missing() { toxiproxy_present || lacks_go; }
toxiproxy_install() { go_install toxiproxy-server $toxiproxy_module; }
toxiproxy_start() {
  local api="http://127.0.0.1:$port"
  LOG_LEVEL=error launch "$(go_binary toxiproxy-server $toxiproxy_module)" -host 127.0.0.1 -port "$port" -seed 42
  wait_until curl -sf "$api/version"
  export VARVE_TEST_TOXIPROXY="$api"
  case "${VARVE_TEST_S3_ENDPOINT:-}" in
    http://*)
      claim_port
      curl -sf -o /dev/null -H 'content-type: application/json' "$api/proxies" -d "{\"name\":\"s3\",\"enabled\":true,\
\"listen\":\"127.0.0.1:$port\",\"upstream\":\"${VARVE_TEST_S3_ENDPOINT#http://}\"}" || die "toxiproxy made no proxy"
      export VARVE_TEST_TOXIC_ENDPOINT="http://127.0.0.1:$port" ;;
  esac
}
