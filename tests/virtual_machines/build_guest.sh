#!/bin/bash
# Builds a small Debian with systemd, its kernel and a virtual camera: usage build_guest.sh FOLDER
# Gives FOLDER/vmlinuz, initrd.gz and disk.img. Needs root and debootstrap, cpio, busybox-static.
set -euo pipefail
folder=$1; here=$(cd "$(dirname "$0")" && pwd)
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive LC_ALL=C
root=$folder/root; mkdir -p "$folder"; rm -rf "$root"
debootstrap --variant=minbase --include=ca-certificates,systemd-sysv,udev,kmod,python3,python3-evdev,libgl1,libglib2.0-0,libzbar0,linux-image-amd64,linux-headers-amd64,v4l2loopback-source,make,gcc \
  bookworm "$root" >"$folder/debootstrap.log" 2>&1
kernel=$(basename "$root"/boot/vmlinuz-* | sed s/vmlinuz-//)
# The camera's module is compiled against the guest's own kernel.
chroot "$root" sh -c "cd /usr/src && tar xf v4l2loopback.tar.bz2 2>/dev/null || tar xf v4l2loopback.tar.xz 2>/dev/null; \
  make -C /lib/modules/$kernel/build M=\$(ls -d /usr/src/modules/v4l2loopback) modules && \
  install -D \$(ls -d /usr/src/modules/v4l2loopback)/v4l2loopback.ko /lib/modules/$kernel/extra/v4l2loopback.ko && depmod $kernel" \
  >"$folder/camera.log" 2>&1
cp "$root/boot/vmlinuz-$kernel" "$folder/vmlinuz"
rm -rf "$root"/usr/src/* "$root"/usr/lib/gcc "$root"/boot/initrd* "$root"/var/cache/apt/archives/*.deb "$root"/usr/share/doc
mkdir -p "$root"/repo "$root"/plan
printf '%s\n' 'plan /plan 9p ro,trans=virtio,version=9p2000.L 0 0' 'repo /repo 9p ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose 0 0' >"$root/etc/fstab"
printf '9p\n9pnet_virtio\n' >"$root/etc/modules"
printf '[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\n' >"$root/etc/systemd/network/lan.network"
printf "%s\n" "[Unit]" "RequiresMountsFor=/repo /plan" "After=network.target" "[Service]" "Type=oneshot" "ExecStart=/bin/sh /repo/tests/virtual_machines/guest.sh" "StandardOutput=tty" "StandardError=tty" "TTYPath=/dev/ttyS0" "ExecStopPost=/bin/systemctl --no-block poweroff" "[Install]" "WantedBy=multi-user.target" >"$root/etc/systemd/system/guest.service"
chroot "$root" systemctl enable guest.service systemd-networkd.service >/dev/null 2>&1
chroot "$root" systemctl mask systemd-timesyncd.service getty@.service apt-daily.timer apt-daily-upgrade.timer >/dev/null 2>&1
# A first root that finds the disk.
first=$(mktemp -d); mkdir -p "$first"/{bin,dev,proc,sys,modules,newroot}
cp /bin/busybox "$first/bin/"; for name in sh mount insmod sleep switch_root cat; do ln -s busybox "$first/bin/$name"; done
: >"$first/list"
for module in virtio_pci virtio_blk ext4; do
  chroot "$root" modprobe -S "$kernel" --show-depends $module | awk '/^insmod/{print $2}' | while read -r file; do
    name=$(basename "$file"); [ -e "$first/modules/$name" ] || { cp "$root$file" "$first/modules/"; echo "$name" >>"$first/list"; }
  done
done
cat >"$first/init" <<'INIT'
#!/bin/sh
mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev
for module in $(cat /list); do insmod /modules/$module 2>/dev/null; done
while ! mount -t ext4 /dev/vda /newroot 2>/dev/null; do sleep 0.1; done
mount --move /dev /newroot/dev; mount --move /sys /newroot/sys; mount --move /proc /newroot/proc
exec switch_root /newroot /lib/systemd/systemd
INIT
chmod +x "$first/init"
(cd "$first" && find . | cpio -o -H newc --quiet | gzip -1 >"$folder/initrd.gz")
rm -rf "$first" "$folder/disk.img"; truncate -s 3G "$folder/disk.img"
mkfs.ext4 -q -F -O ^has_journal -d "$root" "$folder/disk.img"
rm -rf "$root"
