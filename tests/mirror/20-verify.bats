#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A pair of verifiers between two real QEMU block layers: what is found, what is never said, who is
# let in.

bats_require_minimum_version 1.5.0
load lib

setup() {
        mirror_setup
        PORTS=$(free_ports)
}

teardown() {
        touch "$DIR/over" 2>/dev/null || true
        mirror_teardown
}

# export_disk NAME on|off: NAME.img, at NAME.sock
export_disk() {
        qemu "$1-qemu" --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$DIR/$1.img" \
                --nbd-server "addr.type=unix,addr.path=$DIR/$1.sock" \
                --export "type=nbd,id=e,node-name=disk,name=vda,writable=$2"
}

# disks SIZE: the same on both sides
disks() {
        pattern "$DIR/source.img" "$1"
        cp "$DIR/source.img" "$DIR/target.img"
}

# verify [KEY=VALUE...]: both sides
verify() {
        verifier target-verify target target.sock "$PORTS" "$@"
        verifier source-verify source source.sock "$(field target-verify 3)" "$@"
}

# flip FILE OFFSET: one byte, behind everybody's back
flip() {
        local byte

        byte=$(od -An -tu1 -j "$2" -N 1 "$1")
        # shellcheck disable=SC2059
        printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# As mirrord does: as long as the test runs, each time that QEMU has nothing left to copy.
tell_synced() {
        local left

        until [ -e "$DIR/over" ]; do
                left=$(qmp source-qemu '{"execute":"query-block-jobs"}' | jq -r '.[0] | .len - .offset')
                [ "$left" != 0 ] || ask source-verify synced
                sleep 0.1
        done
}

# There is no mirror: whatever is there is all that there will be.
always_synced() {
        until [ -e "$DIR/over" ]; do
                ask source-verify synced || true
                sleep 0.1
        done
}

@test "equal disks are the same" {
        disks 40M
        export_disk source off
        export_disk target on
        verify
        wait_for 20 state_is source-verify same
        [[ $(ask source-verify status) =~ ^"status same "[0-9]+" 41943040 41943040 0 0"$ ]]
        grep -q "same as the source: 41943040 bytes of 41943040" "$DIR/source-verify.log"
        state_is target-verify listening
        ask source-verify end
        ends source-verify
        ask target-verify end
        ends target-verify
        [ ! -e "$DIR/source-verify.control" ]
        [ ! -e "$DIR/target-verify.control" ]
        run ! grep -r "$KEY" "$DIR" --include=*.log
}

@test "one flipped byte is found, and its place is said" {
        disks 64M
        flip "$DIR/target.img" 40000000
        export_disk source off
        export_disk target on
        verify Settle=1000
        begin teller always_synced
        wait_for 30 state_is source-verify different
        [ "$(field source-verify 6)" = 1 ]
        # The block of 64 KiB that has it.
        grep -q "Differs at bytes 39976960-40042495" "$DIR/source-verify.log"
        [ "$(ask source-verify words)" = "words differs at bytes 39976960-40042495" ]
        ask source-verify end
        ends source-verify
}
