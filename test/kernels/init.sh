#!/bin/sh
# The first process of a guest. Its findings go to the second serial port, all else to the console.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ip link set lo up
stty -F /dev/ttyS1 raw -echo
cd /kube-nft
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp CI=true
node --disable-warning=ExperimentalWarning test/kernels/guest.ts work.json >/dev/ttyS1
sleep 1
# qemu ends instead of booting again.
echo b >/proc/sysrq-trigger
