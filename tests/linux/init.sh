#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# Process 1 of a guest with disks and a network: does what the words guest.do=WORD,WORD of the command line say, and
# powers off.

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
# The driver of the disk is configured as a module, as is that of the network.
for module in virtio_blk failover net_failover virtio_net; do
	insmod /modules/$module.ko || echo "guest: no $module"
done
read -r words </proc/cmdline

# What is read does not stay in the cache: so the next reader reads the disk.
forget()
{
	echo 1 >/proc/sys/vm/drop_caches
}

for action in $(echo "$words" | tr ' ' '\n' | sed -n 's/^guest\.do=//p' | tr , ' '); do
	case $action in
	size) echo "guest: vda has $(cat /sys/block/vda/size) sectors, id $(cat /sys/block/vda/serial)" ;;
	sum) echo "guest: vda is $(md5sum </dev/vda)" ;;
	write)
		yes "written by the guest" | dd of=/dev/vda bs=4k seek=1024 count=256 conv=fsync iflag=fullblock 2>/dev/null &&
			forget && echo "guest: wrote $(dd if=/dev/vda bs=4k skip=1024 count=256 2>/dev/null | md5sum)" ;;
	both)
		dd if=/dev/vda of=/dev/null bs=64k count=128 2>/dev/null &
		dd if=/dev/vdb bs=64k count=16 2>/dev/null | md5sum >/sum
		wait
		echo "guest: vdb is $(cat /sum)" ;;
	readonly)
		echo "guest: vdb is read-only: $(cat /sys/block/vdb/ro)"
		echo no | dd of=/dev/vdb conv=fsync 2>/dev/null || echo "guest: vdb refuses" ;;
	shrunk) dd if=/dev/vdc of=/dev/null bs=4k 2>&1 | grep -q "I/O error\|Input/output" && echo "guest: vdc has an error" ;;
	wait)
		echo "guest: waiting"
		read -r _ </dev/console ;;
	net)
		ip address add 10.0.2.15/24 dev eth0 && ip link set eth0 up && ip route add default via 10.0.2.2
		ping -c 3 -A -q 10.0.2.2 | grep -q " 3 packets received" && echo "guest: the gateway answers"
		echo "guest: fetched $(wget -q -O - http://10.0.2.2:8080/file | md5sum)"
		timeout 60 nc 10.0.2.2 9000 </dev/vdb && echo "guest: sent it" ;;
	serve)
		echo "hello from the guest" >/hello
		httpd -p 22 -h / && echo "guest: serving" ;;
	esac
done
echo "guest: powering off"
sleep 0.2
poweroff -f
