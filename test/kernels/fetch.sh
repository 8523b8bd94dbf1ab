#!/bin/sh
# Fetches what `npm run test:kernels` needs: qemu and its companions from the machine's Debian, and the kernels of Debian 12,
# of Debian 13 and the newest, unpacked into .cache/kernels/<name>. A second run finds all of it.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
. test/debian.sh

say() {
  echo "kernels: $*" >&2
}

[ "$(uname -m)" = x86_64 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || {
  say "it takes root on an x86-64 Debian"
  exit 1
}

missing=
for pair in qemu-system-x86_64:qemu-system-x86 cpio:cpio modprobe:kmod xz:xz-utils; do
  command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
if [ -n "$missing" ]; then
  say "apt-get install$missing"
  apt-get -qq -o Acquire::Retries=3 update >/dev/null
  # shellcheck disable=SC2086 # one word a package
  DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends $missing >/dev/null
fi

# fetch_kernel NAME SUITE...
fetch_kernel() {
  to=.cache/kernels/$1
  [ ! -e "$to" ] || return 0
  say "fetching the kernel of $1"
  work=$(mktemp -d "$PWD/.cache/kernels/fetch.XXXXXX")
  shift
  debian_apt "$work/apt" "$@"
  # Of all that the package depends on, only what holds the kernel and its modules.
  packages=$(apt-get -c "$work/apt/apt.conf" -s install linux-image-cloud-amd64 |
    sed -n 's/^Inst \(linux-\(image\|binary\|modules\|base\)-[0-9][^ ]*\) (\([^ ]*\).*/\1=\3/p')
  (
    cd "$work"
    # shellcheck disable=SC2086 # one word a package
    apt-get -qq -c "$work/apt/apt.conf" download $packages
    for package in *.deb; do dpkg -x "$package" root; done
  )
  unpack_modules "$work/root" "$work/kernel"
  rm -r "$work/apt"
  mv "$work/kernel" "$to"
  rm -r "$work"
}

# unpack_modules ROOT TO: the kernel as TO/vmlinuz and, in TO/root, the modules that a network has, with an index for modprobe.
unpack_modules() {
  modules=$(echo "$1"/lib/modules/* "$1"/usr/lib/modules/* | tr ' ' '\n' | grep -v '\*')
  release=${modules##*/}
  files=$2/root/lib/modules/$release
  mkdir -p "$files/kernel/drivers/net"
  find "$1" -name 'vmlinuz*' -exec cp {} "$2/vmlinuz" \;
  find "$1" \( -name 'modules.builtin*' -o -name modules.order \) -exec cp {} "$files" \;
  cp -r "$modules"/kernel/net "$modules"/kernel/lib "$modules"/kernel/crypto "$files/kernel"
  cp "$modules"/kernel/drivers/net/veth.ko* "$files/kernel/drivers/net"
  find "$files" -name '*.xz' -exec xz -d {} +
  depmod -b "$2/root" "$release"
  echo "$release" >"$2/release"
}

mkdir -p .cache/kernels
rm -rf .cache/kernels/fetch.*
fetch_kernel debian-12 bookworm
fetch_kernel debian-13 trixie
fetch_kernel newest sid trixie-backports
