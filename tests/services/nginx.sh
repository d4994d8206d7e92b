# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# nginx: read-only HTTP over a folder, with ranges. Below /norange/ it ignores Range, below /slow/ it sends 64 KiB/s.
# Debian's package is unpacked into the cache, so no site of the system is started.
nginx_folder="$home/nginx"
nginx_present() { [ -x "$nginx_folder/root/usr/sbin/nginx" ]; }
nginx_missing() { lacks curl; nginx_present || lacks apt-get dpkg-deb; }
nginx_install() {
  local unpacked="$nginx_folder.new"
  rm -rf "$unpacked"
  mkdir -p "$unpacked/download"
  chmod 777 "$unpacked/download"
  (cd "$unpacked/download" && { apt-get -qq download nginx 2>/dev/null || { apt-get -qq update; apt-get -qq download nginx; }; })
  dpkg-deb -x "$unpacked"/download/nginx_*.deb "$unpacked/root"
  if ldd "$unpacked/root/usr/sbin/nginx" | grep 'not found'; then die "nginx lacks libraries of the system"; fi
  rm -rf "$unpacked/download" "$nginx_folder"
  mv "$unpacked" "$nginx_folder"
}
nginx_run() {  # http-block-lines server-block-lines
  mkdir -p "$data.tmp"
  cat >"$data.conf" <<END
daemon off; master_process off; pid "$data.tmp/pid"; error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nodelay on; default_type application/octet-stream; client_max_body_size 0;
  keepalive_timeout 75; keepalive_requests 1000000;
  client_body_temp_path "$data.tmp/body"; proxy_temp_path "$data.tmp/proxy"; fastcgi_temp_path "$data.tmp/fastcgi";
  uwsgi_temp_path "$data.tmp/uwsgi"; scgi_temp_path "$data.tmp/scgi";
  $1
  server { listen 127.0.0.1:$port; merge_slashes off; location = /-/health { return 204; } $2 }
}
END
  launch "$nginx_folder/root/usr/sbin/nginx" -p "$data.tmp/" -e stderr -c "$data.conf"
  wait_until curl -sf "http://127.0.0.1:$port/-/health"
}
nginx_start() {
  nginx_run "" "root '$data'; location /norange/ { alias '$data/'; max_ranges 0; }
    location /slow/ { alias '$data/'; limit_rate 64k; }"
  export VARVE_TEST_HTTP_ENDPOINT="http://127.0.0.1:$port" VARVE_TEST_HTTP_ROOT="$data"
}
