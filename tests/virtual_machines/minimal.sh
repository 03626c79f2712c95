#!/bin/bash
# `make run` and `make test` in a minimal Debian: usage minimal.sh RELEASE WHO
# WHO is root, or user (who can install nothing), or user+ (root has installed what make names).
# Mirror, proxies, certificates and pip's settings are those of this machine. Needs root,
# debootstrap, git and iproute2. The last line is a row of docs/results/minimal-debian.md.
set -euo pipefail
release=$1 who=$2 user=${2%+}
here=$(cd "$(dirname "$0")/../.." && pwd)
folder=$here/build/minimal base=$folder/$release root=$folder/$release-$who
export PATH=$PATH:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive LC_ALL=C

# What apt knows of Debian here, asked for RELEASE: address, suite and component.
archives() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' "Created-By: Packages" |
    sed -n 's/^Debian //p' | sort -u | sed "s/ $(. /etc/os-release; echo "$VERSION_CODENAME")/ $release/"
}

build() {
  local mirror
  mirror=$(archives | awk -v suite="$release" '$2 == suite { print $1; exit }')
  [ -n "$mirror" ] || { echo "apt knows no archive of Debian; try: apt-get update" >&2; return 1; }
  debootstrap --variant=minbase "$release" "$1" "$mirror"
  cd "$1"
  archives | sed 's/^/deb /' >etc/apt/sources.list
  apt-config dump Acquire >etc/apt/apt.conf.d/90machine
  mkdir -p usr/local/share/ca-certificates etc/ssl/certs
  cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ || true
  cp /usr/local/share/ca-certificates/*.crt usr/local/share/ca-certificates/ || true
  { echo "[global]"
    "$here/.venv/bin/python" -m pip config list |
      sed -nE "s/\\\\n/ /g; s/^(:env:|global)\.([a-z-]+)='(.*)'\$/\2 = \3/p" | sort -s -u -t= -k1,1
  } >etc/pip.conf
  chroot . useradd --create-home --shell /bin/bash user
  chroot . apt-get update -qq
  chroot . apt-get install -qq --no-install-recommends make python3 python3-venv
}

# Does something in the root: enter NETWORK WHO COMMAND; NETWORK is `net`, or `lo` for none but that.
enter() {
  local spaces=(--mount --pid --fork --kill-child --ipc --uts)
  [ "$1" = net ] || spaces+=(--net)
  unshare "${spaces[@]}" bash -c '
    set -euo pipefail
    hostname minimal; ip link set lo up
    mount --bind "$0" "$0"; cd "$0"  # ip wants to find a mount point at the root
    mount -t proc proc proc; mount -t sysfs sys sys; mount --rbind /dev dev; mount -t tmpfs run run
    mount -t tmpfs -o mode=1777,size=64m shm dev/shm
    # Packages that pip finds on this machine; an index lies beside its files.
    for path in $(grep -oE "(file://)?/[^ ]+" etc/pip.conf); do
      case $path in
        /etc/ssl/*) continue;;
        file://*) path=$(dirname "${path#file://}");;
      esac
      mkdir -p ".${path%/*}"
      if [ -d "$path" ]; then mkdir -p ".$path"; else touch ".$path"; fi
      mount --bind "$path" ".$path"
    done
    kept=DEBIAN_FRONTEND,http_proxy,https_proxy,no_proxy
    exec chroot . runuser --whitelist-environment=$kept -l "$1" -c "$2" </dev/null
  ' "$root" "$2" "$3"
}

# As a person would: waits for the dashboard and the story's end, looks once more, presses Ctrl-C.
run='
  set -m; cd house
  make run >~/run.log 2>&1 & run=$!
  looks="import urllib.request as web; assert b\"<title>\" in web.urlopen(\"http://127.0.0.1:8080/\").read()"
  until python3 -c "$looks" 2>&- && grep "conflict" ~/run.log; do
    kill -0 $run || { cat ~/run.log; exit 1; }
    sleep 0.2
  done
  kill -INT -- -$run; wait $run || true
  .venv/bin/entrance-gateway demo --data var --once --json | tail -n 1 | tee ~/demo.json'

mkdir -p "$folder"
if [ ! -e "$base" ]; then
  rm -rf "$base.draft"
  build "$base.draft" &>"$folder/$release.log" || { cat "$folder/$release.log" >&2; exit 1; }
  mv "$base.draft" "$base"
fi
rm -rf "$root"; cp -a "$base" "$root"
home=$root$(chroot "$root" runuser -l "$user" -c pwd)
mkdir "$home/house"
git -C "$here" ls-files -z | tar -C "$here" -c --null -T - | tar -C "$home/house" -x
chroot "$root" chown -R "$user:" "${home#"$root"}/house"

{
  started=$SECONDS
  enter net "$user" 'cd house; make .venv/run.stamp'
  set_up=$((SECONDS - started))
  enter lo "$user" "$run"
  enter net "$user" 'set -o pipefail; cd house; make setup 2>&1 | tee ~/setup.log'
  if [ "$who" = user+ ]; then
    enter net root "apt-get update -qq; $(grep -o 'apt-get install.*' "$home/setup.log") -y -qq"
  fi
  enter lo "$user" 'cd house; make test 2>&1 | tee ~/test.log; exit ${PIPESTATUS[0]}' && red=0 || red=1
} >&2
demo=$(sed -nE 's/.*"ok": (\w+), "scans": ([0-9]+).*"flushed": ([0-9]+), "conflicts": ([0-9]+).*/ok: \1; \2 scans, \3 flushed, \4 conflicts/p' "$home/demo.json")
tests=$(grep -E '^=+ .* in [0-9.]+s .*=$' "$home/test.log" | tr -d = | xargs)
echo "| $release | $(chroot "$root" python3 --version) | $who | $set_up s | $demo | $tests |"
exit $red
