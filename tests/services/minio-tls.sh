# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# MinIO with TLS: its certificate is signed by an authority that is made for the run and that no system trusts.
# shellcheck source-path=SCRIPTDIR source=minio.sh
. "$here/minio.sh"
minio-tls_present() { minio_present; }
minio-tls_missing() { minio_missing; lacks openssl; }
minio-tls_install() { minio_install; }
minio-tls_certificates() {
  mkdir -p "$data.certs"
  (
    cd "$data.certs"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=varve test authority" \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=varve test server" -keyout private.key \
      -out request.pem
    printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' >extensions
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out public.crt
  ) >"$log" 2>&1 || { cat "$log" >&2; die "openssl made no certificates"; }
}
minio-tls_start() {
  minio-tls_certificates
  minio_run https --certs-dir "$data.certs"
  export VARVE_TEST_S3_TLS_ENDPOINT="https://127.0.0.1:$port" VARVE_TEST_S3_CA="$data.certs/ca.pem"
  export_s3 "https://127.0.0.1:$port"
}
