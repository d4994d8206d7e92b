# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# radosgw: a real Ceph, of one monitor, one OSD in memory and the gateway, in a root of its own. It matches unquoted ETags
# only, about half of those that lose a race get a 500, and some conditions it ignores.
radosgw_folder="$home/radosgw-18.2"
radosgw_present() { [ -e "$radosgw_folder/.ok" ]; }
radosgw_missing() {
  [ "$(id -u)" = 0 ] || { echo "only root can make it a root of its own"; return 0; }
  lacks curl unshare chroot
  radosgw_present || command -v debootstrap >/dev/null || lacks apt-get
  unshare --mount --pid --fork true 2>/dev/null || echo "namespaces cannot be made here"
}
radosgw_install() {
  local packages=("radosgw=18.2.*" "ceph-mon=18.2.*" "ceph-osd=18.2.*")
  command -v debootstrap >/dev/null || { apt-get -qq update; apt-get -qq install -y --no-install-recommends debootstrap; } </dev/null
  rm -rf --one-file-system "$radosgw_folder"
  mkdir -p "$radosgw_folder"
  nice -n 10 debootstrap --variant=minbase trixie "$radosgw_folder/root" >"$radosgw_folder/log" 2>&1 </dev/null
  printf '#!/bin/sh\nexit 101\n' >"$radosgw_folder/root/usr/sbin/policy-rc.d"  # starts no service
  chmod +x "$radosgw_folder/root/usr/sbin/policy-rc.d"
  DEBIAN_FRONTEND=noninteractive nice -n 10 chroot "$radosgw_folder/root" \
    apt-get -qq install -y --no-install-recommends "${packages[@]}" >>"$radosgw_folder/log" 2>&1 </dev/null
  chroot "$radosgw_folder/root" apt-get clean
  mkdir -p "$radosgw_folder/root/d"
  touch "$radosgw_folder/.ok"
}
radosgw_configuration() {  # gateway-port monitor-port
  local libraries
  libraries="/usr/lib/$(uname -m)-linux-gnu"
  cat <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$2/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
auth allow insecure global id reclaim = false
keyring = /d/keyring
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd memory target = 939524096
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 2
osd objectstore = memstore
memstore device bytes = 4294967296
osd data = /d/osd
mon data = /d/mon
rgw data = /d/rgw
run dir = /d/run
admin socket = /d/run/\$name.asok
pid file = /d/run/\$name.pid
log file = /d/log/\$name.log
crash dir = /d/crash
osd class dir = $libraries/rados-classes
plugin dir = $libraries/ceph
erasure code dir = $libraries/ceph/erasure-code
rgw frontends = beast endpoint=127.0.0.1:$1 tcp_nodelay=1
rgw dns name = localhost
rgw thread pool size = 64
END
}
radosgw_inside() {  # what runs as the first process of the new root: the three daemons
  cat <<'END'
set -e
export CEPH_CONF=/d/ceph.conf
cd /d
mkdir -p mon osd rgw run log
monmaptool --create --addv a "[v2:127.0.0.1:$MONITOR]" --fsid "$(sed -n 's/^fsid = //p' ceph.conf)" monmap
ceph-authtool --create-keyring keyring --gen-key -n mon. --cap mon 'allow *'
ceph-authtool keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
ceph-mon -i a --mkfs --monmap monmap --keyring keyring
ceph-mon -i a
uuid="$(cat /proc/sys/kernel/random/uuid)"
osd="$(timeout 60 ceph osd new "$uuid")"
ceph auth get-or-create "osd.$osd" mon 'allow profile osd' osd 'allow *' >>keyring
ceph auth get-or-create client.rgw.a mon 'allow rw' osd 'allow rwx' >>keyring
ceph-osd -i "$osd" --mkfs --osd-uuid "$uuid"
ceph-osd -i "$osd"
radosgw -f -n client.rgw.a &
gateway=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do kill -0 "$gateway"; sleep 0.1; done
radosgw-admin user create --uid=test --display-name=test --access-key="$KEY" --secret-key="$SECRET" >/dev/null
touch ready
wait "$gateway"
END
}
radosgw_start() {
  local gateway="$port"
  claim_port
  radosgw_configuration "$gateway" "$port" >"$data/ceph.conf"
  radosgw_inside >"$data/run.sh"
  # One process namespace: with its first process all of it ends, and so do its private mounts.
  # shellcheck disable=SC2016
  KEY="$access_key" SECRET="$secret_key" MONITOR="$port" PORT="$gateway" ROOT="$radosgw_folder/root" DATA="$data" \
    launch unshare --mount --pid --fork --kill-child --mount-proc="$radosgw_folder/root/proc" \
    bash -c 'mount --bind "$DATA" "$ROOT/d" && mount --bind /dev "$ROOT/dev" && exec chroot "$ROOT" bash /d/run.sh'
  wait_until test -e "$data/ready"
  curl -sf -o /dev/null --aws-sigv4 "aws:amz:$region:s3" -u "$access_key:$secret_key" -X PUT \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "http://127.0.0.1:$gateway/$bucket" || die "radosgw made no bucket"
  export_s3 "http://127.0.0.1:$gateway"
}
