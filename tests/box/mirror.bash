# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What tests of mirrord in a box have in common: two real QEMU block layers, and the relays of the
# other host, which is this one. Needs in_box and wait_for of lib.bash.

NAME=org.npivot.mirror1
ROOT=/org/npivot/mirror1
DIR=/run/m
KEY=000102030405060708090a0b0c0d0e0f
export NAME ROOT

begin_afresh() {
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'qemu-*' 2>/dev/null; systemctl reset-failed
                rm -rf $DIR /run/npivot/mirror; mkdir -p $DIR /run/npivot/mirror; mkdir -m 711 /run/npivot/mirror/relay; systemctl start mirrord"
}

# qemu NAME OPTION...: with a monitor for mirrord and one for the test
qemu() {
        in_box systemd-run --quiet --unit "qemu-$1" -p "User=${QEMU_USER:-root}" qemu-storage-daemon \
                --chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" --monitor chardev=m \
                --chardev "socket,id=t,path=$DIR/$1.test,server=on,wait=off" --monitor chardev=t,id=t "${@:2}"
        wait_for 10 qmp "$1" '{"execute":"query-block-jobs"}'
}

# The same block layer in a whole QEMU, whose machine has nothing.
system_qemu() {
        in_box systemd-run --quiet --unit "qemu-$1" qemu-system-x86_64 -machine none -nodefaults -display none \
                -chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" -mon chardev=m,mode=control \
                -chardev "socket,id=t,path=$DIR/$1.test,server=on,wait=off" -mon chardev=t,mode=control "${@:2}"
        wait_for 10 qmp "$1" '{"execute":"query-block-jobs"}'
}

# qmp NAME JSON: the answer
qmp() {
        in_box sh -c "printf '%s\n' '{\"execute\":\"qmp_capabilities\"}' '$2' | socat -t 10 - UNIX-CONNECT:$DIR/$1.test" |
                jq -ces '[.[] | select(has("return") or has("error"))][1] | if .error then .error.desc | error else .return end'
}

# source_and_target [SIZE]: a source with data on vda and vdb, a target with an export of each
source_and_target() {
        local disk size=${1:-16M}

        for disk in vda vdb; do
                in_box sh -c "head -c $size /dev/urandom >$DIR/$disk.source; truncate -s $size $DIR/$disk.target; chmod 666 $DIR/$disk.*"
        done
        "${SOURCE_QEMU:-qemu}" source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
        qemu target --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.target" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.target" \
                --nbd-server "addr.type=unix,addr.path=$DIR/export.sock" \
                --export type=nbd,id=a,node-name=vda,name=vda,writable=on \
                --export type=nbd,id=b,node-name=vdb,name=vdb,writable=on
        target_relay vda 49301
        target_relay vdb 49302
}

# target_relay DISK PORT: what waits on the other host, which is this one
target_relay() {
        in_box sh -c "umask 077; printf '[Relay]\nSide=target\nSocket=$DIR/export.sock\nAddress=127.0.0.1\nPorts=$2\nKey=$KEY\n' >/run/npivot/mirror/relay/target-$1.conf
                systemctl start mirror-relay@target-$1"
}

# Nothing of it is left in QEMU, systemd and /run.
is_clean() {
        [ "$(qmp source '{"execute":"query-jobs"}')" = "[]" ] &&
                [ "$(qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}' |
                        jq '[.[] | select(."node-name" | startswith("npivot-"))] | length')" = 0 ] &&
                [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-relay@[0-9]*')" ] &&
                [ -z "$(in_box find /run/npivot/mirror/relay -name '[0-9]*')" ]
}

are_same() {
        in_box cmp $DIR/vda.source $DIR/vda.target
        in_box cmp $DIR/vdb.source $DIR/vdb.target
}
