# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Azurite: Azure Blob, atomic. 3.35 is the last version that Node 20 runs. It closes idle connections after 5 seconds.
azurite_folder="$home/azurite-3.35.0"
azurite_account=devstoreaccount1
azurite_key='Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='  # in its manual
azurite_present() { [ -e "$azurite_folder/.ok" ]; }
azurite_missing() { lacks node curl openssl; azurite_present || lacks npm; }
azurite_install() {
  rm -rf "$azurite_folder"
  mkdir -p "$azurite_folder"
  npm install --silent --no-audit --no-fund --omit=optional --prefix "$azurite_folder" azurite@3.35.0 </dev/null
  touch "$azurite_folder/.ok"
}
azurite_sign() {  # text: HMAC-SHA256 with the account's key
  printf '%b' "$1" | openssl dgst -sha256 -mac HMAC -binary \
    -macopt "hexkey:$(printf '%s' "$azurite_key" | base64 -d | od -An -v -tx1 | tr -d ' \n')" | base64 -w 0
}
azurite_start() {
  local endpoint="http://127.0.0.1:$port/$azurite_account" date signature
  launch node "$azurite_folder/node_modules/azurite/dist/src/blob/main.js" --blobHost 127.0.0.1 --blobPort "$port" \
    --disableTelemetry --skipApiVersionCheck --silent --location "$data"
  wait_until curl -s "http://127.0.0.1:$port/"
  date="$(LC_ALL=C TZ=GMT date '+%a, %d %b %Y %H:%M:%S GMT')"
  signature="$(azurite_sign "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:$date\nx-ms-version:2021-12-02\n/$azurite_account/$azurite_account/$bucket\nrestype:container")"
  curl -sf -o /dev/null -X PUT -H "x-ms-date: $date" -H 'x-ms-version: 2021-12-02' -H 'content-length: 0' \
    -H "authorization: SharedKey $azurite_account:$signature" "$endpoint/$bucket?restype=container" ||
    die "azurite made no container"
  export VARVE_TEST_AZURE_ENDPOINT="$endpoint" VARVE_TEST_AZURE_ACCOUNT="$azurite_account"
  export VARVE_TEST_AZURE_KEY="$azurite_key" VARVE_TEST_AZURE_CONTAINER="$bucket"
}
