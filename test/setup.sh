#!/bin/sh
# Makes a fresh clone ready for the tests, the demo and the benchmark: the npm packages, nftables and its companions
# from Debian, the nft of Debian 13 where the machine's own is older, and promtool. A second run finds all of it and is over
# at once.
#
# Some tests need root and nftables. Where these cannot be had, a line says so and the rest goes on; with CI=true it fails.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
. test/debian.sh

say() {
  echo "setup: $*" >&2
}

lack() {
  say "$*"
  [ "${CI:-}" != true ] || exit 1
}

# Old npm programs and machines may run this: whatever Node they have, the tests run on the one in node_modules/.bin.
install_npm_packages() {
  installed=node_modules/.package-lock.json
  if [ ! -x node_modules/.bin/node ] || [ ! -e $installed ] || [ package-lock.json -nt $installed ]; then
    say "npm ci"
    # npm ci removes node_modules first, so npm must not itself run on the Node in there.
    outside=$(printf %s "$PATH" | tr : '\n' | grep -vxF "$PWD/node_modules/.bin" | paste -sd : -)
    PATH=$outside npm ci --include=dev --no-audit --no-fund --loglevel=error
  fi
  node_modules/.bin/node --version >/dev/null || {
    say "node_modules/.bin/node does not run: are npm's install scripts switched off?"
    exit 1
  }
}

install_debian_packages() {
  missing=
  for pair in nft:nftables iptables-restore:iptables ip:iproute2 conntrack:conntrack socat:socat chromium:chromium; do
    command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    lack "please install$missing; the tests with packets need them"
    return 0
  fi
  say "apt-get install$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o Acquire::Retries=3 update >/dev/null || say "apt-get update failed"
  # shellcheck disable=SC2086 # one word a package
  apt-get -qq -y -o Acquire::Retries=3 install --no-install-recommends $missing >/dev/null || lack "cannot install$missing"
}

# Rulesets must load with the nft of Debian 12 (1.0.6) and of Debian 13 (1.1.3). The second is unpacked into a folder,
# with its libraries and its loader, and .cache/debian-13/nft runs it from there.
unpack_debian_13_nft() {
  version=$(nft --version 2>/dev/null | sed 's/^nftables v\([0-9.]*\).*/\1/')
  case $version in
    1.[1-9]* | [2-9]*) return 0 ;;
  esac
  if .cache/debian-13/nft --version >/dev/null 2>&1; then
    return 0
  fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    lack "Debian 13's nft is left out: it takes root, apt-get and dpkg to get it"
    return 0
  fi
  say "unpacking Debian 13's nft"
  rm -rf .cache/debian-13 .cache/debian-13.*
  fetch_debian_13_nft "$(mktemp -d "$PWD/.cache/debian-13.XXXXXX")" || {
    rm -rf .cache/debian-13.*
    lack "Debian 13's nft could not be fetched"
  }
}

fetch_debian_13_nft() {
  apt=$1/apt
  mkdir "$1/root" &&
    debian_apt "$apt" trixie &&
    apt-get -qq -y -c "$apt/apt.conf" install --download-only nftables >/dev/null &&
    for package in "$apt"/archives/*.deb; do
      dpkg -x "$package" "$1/root" || return 1
    done &&
    rm -r "$apt" &&
    cat >"$1/nft" <<'END' &&
#!/bin/sh
root=${0%/*}/root
for loader in "$root"/usr/lib/*-linux-*/ld-linux*.so.*; do
  exec "$loader" --library-path "${loader%/*}" "$root/usr/sbin/nft" "$@"
done
END
    chmod 755 "$1" "$1/nft" &&
    "$1/nft" --version >/dev/null &&
    mv "$1" .cache/debian-13
}

# Of Debian's Prometheus, which is a service with 40 MB of its own, just the program that tries alert rules.
unpack_promtool() {
  if command -v promtool >/dev/null || .cache/promtool --version >/dev/null 2>&1; then
    return 0
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    lack "promtool is left out: it takes apt-get and dpkg-deb to get it"
    return 0
  fi
  say "unpacking Debian's promtool"
  folder=$(mktemp -d "$PWD/.cache/prometheus.XXXXXX")
  (
    cd "$folder" || exit 1
    apt-get -qq -o Acquire::Retries=3 download prometheus 2>/dev/null ||
      { apt-get -qq update >/dev/null && apt-get -qq -o Acquire::Retries=3 download prometheus; }
    dpkg-deb --fsys-tarfile prometheus_*.deb | tar -xf - ./usr/bin/promtool && mv usr/bin/promtool ../promtool
  ) && .cache/promtool --version >/dev/null 2>&1 || lack "promtool could not be fetched"
  rm -rf "$folder"
}

mkdir -p .cache
install_npm_packages
install_debian_packages
unpack_debian_13_nft
unpack_promtool
