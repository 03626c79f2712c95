#!/bin/bash
# Builds a small Debian with systemd to be started by systemd-nspawn: usage build_root.sh FOLDER
# Gives FOLDER/root. Needs root and debootstrap.
set -euo pipefail
folder=$1
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive LC_ALL=C
mkdir -p "$folder"; rm -rf "$folder/root" "$folder/draft"
debootstrap --variant=minbase --include=systemd-sysv,python3,iproute2 \
  bookworm "$folder/draft" >"$folder/debootstrap.log" 2>&1
cd "$folder/draft"
rm -rf var/cache/apt/archives/*.deb var/lib/apt/lists/* usr/share/doc usr/share/man
chroot . systemctl mask getty@.service console-getty.service apt-daily.timer \
  apt-daily-upgrade.timer systemd-resolved.service >/dev/null 2>&1
mv "$folder/draft" "$folder/root"
