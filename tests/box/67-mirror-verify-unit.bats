#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirror-verify@.service on a real systemd: its sandbox leaves it what it needs, with a QEMU that is
# another user's, and its verdict is found by who comes later.
# Constants of mirror.bash, without blanks: $DIR, $KEY.
# shellcheck disable=SC2086

bats_require_minimum_version 1.5.0
load lib
load mirror

CONTROL=/run/npivot/mirror/verify

setup_file() {
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_afresh
        in_box sh -c "mkdir -m 711 $CONTROL; chown nobody $DIR; head -c 8388608 /dev/urandom >$DIR/source.img
                cp $DIR/source.img $DIR/target.img; chown nobody $DIR/*.img"
        for name in source target; do
                QEMU_USER=nobody qemu $name --blockdev "driver=file,node-name=disk,filename=$DIR/$name.img" \
                        --nbd-server "addr.type=unix,addr.path=$DIR/$name.sock" --export "type=nbd,id=e,node-name=disk,name=vda"
        done
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 40 -u 'mirror-verify@*' >&2 || true
        in_box sh -c "systemctl stop 'mirror-verify@*' 'qemu-*'; systemctl reset-failed" 2>/dev/null || true
}

# verifier NAME PORTS: source or target
verifier() {
        in_box sh -c "umask 077; printf '[Verify]\nSide=$1\nExport=$DIR/$1.sock\nName=vda\nAddress=127.0.0.1\nPorts=$2\nKey=$KEY\nSettle=1000\n' >$CONTROL/$1.conf"
        in_box systemctl start "mirror-verify@$1"
}

ask_verifier() {
        in_box sh -c "printf '%s' '$2' | socat -t 2 - UNIX-CONNECT:$CONTROL/$1.control,type=5"
}

state_of() {
        ask_verifier "$1" status | cut -d' ' -f2
}

verdict_is() {
        ask_verifier source synced
        [ "$(state_of source)" = "$1" ]
}

@test "its unit is up when it listens or compares, and stays with its verdict" {
        verifier target 49200-49210
        [ "$(state_of target)" = listening ]
        verifier source 49200
        wait_for 20 verdict_is same
        [[ $(in_box systemctl show -P StatusText mirror-verify@source) = "same 49200 8388608 bytes of 8388608 are the same" ]]
        ask_verifier source end
        wait_for 10 in_box sh -c "! systemctl is-active mirror-verify@source"
        in_box systemctl is-active mirror-verify@target
        in_box systemctl stop mirror-verify@target
        [ "$(in_box find $CONTROL -name '*.control')" = "" ]
}

@test "what differs is in its status and in the journal, and none of the key" {
        in_box sh -c "printf x | dd of=$DIR/target.img bs=1 seek=5000000 conv=notrunc"
        verifier target 49200-49210
        verifier source 49200
        wait_for 30 verdict_is different
        [ "$(ask_verifier source words)" = "words differs at bytes 4980736-5046271" ]
        in_box journalctl --no-pager -u mirror-verify@source | grep -q "Differs at bytes 4980736-5046271"
        [ "$(in_box journalctl --no-pager -b -o export | grep -c $KEY)" = 0 ]
}
