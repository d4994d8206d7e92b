# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# nginx before an S3 server: of the requests, every fifth or so (VARVE_TEST_FAULTY_PERCENT) gets a 503 SlowDown in S3's
# words and never arrives; VARVE_TEST_FAULTY_STATUS=500 makes it an InternalError. Signatures still hold, since the Host
# field passes unchanged.
# shellcheck source-path=SCRIPTDIR source=nginx.sh
. "$here/nginx.sh"
nginx-faults_present() { nginx_present; }
nginx-faults_missing() { nginx_missing; }
nginx-faults_install() { nginx_install; }
nginx-faults_start() {
  local percent="${VARVE_TEST_FAULTY_PERCENT:-20}" status="${VARVE_TEST_FAULTY_STATUS:-503}" code=SlowDown
  [ "$status" = 503 ] || code=InternalError
  [ -n "${VARVE_TEST_S3_ENDPOINT:-}" ] || die "name an S3 server before nginx-faults"
  nginx_run "split_clients \"\$request_id\" \$fault { $percent% 1; * 0; }
  upstream store { server ${VARVE_TEST_S3_ENDPOINT#http://}; keepalive 64; }" "proxy_http_version 1.1;
    proxy_request_buffering off; proxy_buffering off;
    location / { if (\$fault) { return $status; } proxy_pass http://store; proxy_set_header Host \$http_host;
      proxy_set_header Connection \"\"; error_page 500 503 = @fault; }
    location @fault { internal; default_type application/xml;
      return $status '<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>$code</Code><Message>injected</Message></Error>'; }"
  export VARVE_TEST_FAULTY_ENDPOINT="http://127.0.0.1:$port" VARVE_TEST_FAULTY_PERCENT="$percent"
}
