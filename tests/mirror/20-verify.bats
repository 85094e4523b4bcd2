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

# The file may have gone with its directory before somebody looks, who would go on for ever then.
is_over() {
        [ ! -d "$DIR" ] || [ -e "$DIR/over" ]
}

# As mirrord does: as long as the test runs, each time that QEMU has nothing left to copy.
tell_synced() {
        local left

        until is_over; do
                left=$(qmp source-qemu '{"execute":"query-block-jobs"}' | jq -r '.[0] | .len - .offset')
                [ "$left" != 0 ] || ask source-verify synced || true
                sleep 0.1
        done
}

# There is no mirror: whatever is there is all that there will be.
always_synced() {
        until is_over; do
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
        [[ $(ask source-verify status) =~ ^"status same "[0-9]+" 41943040 41943040 0 0 0"$ ]]
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

# source.img to target.img, through relays, and a guest's export of the source
mirror() {
        qemu source-qemu --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$DIR/source.img" \
                --nbd-server "addr.type=unix,addr.path=$DIR/source.sock" \
                --export "type=nbd,id=guest,node-name=disk,name=guest,writable=on"
        export_disk target on
        relay target-relay target target.sock "$PORTS"
        relay source-relay source nbd.sock "$(field target-relay 3)"
        qmp source-qemu "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"nbd\",\"node-name\":\"mirror\",
                \"export\":\"vda\",\"server\":{\"type\":\"unix\",\"path\":\"$DIR/nbd.sock\"}}}"
        qmp source-qemu '{"execute":"blockdev-mirror","arguments":{"job-id":"m","device":"disk","target":"mirror",
                "sync":"full"}}'
        wait_for 60 is_ready
        # Below the mirror's own node, as it is done while a guest runs.
        qmp source-qemu '{"execute":"block-export-add","arguments":{"type":"nbd","id":"v","node-name":"disk",
                "name":"vda","writable":false}}'
}

is_ready() {
        [ "$(qmp source-qemu '{"execute":"query-block-jobs"}' | jq -r '.[0].ready')" = true ]
}

is_synced() {
        [ "$(qmp source-qemu '{"execute":"query-block-jobs"}' | jq -r '.[0] | .len - .offset')" = 0 ]
}

# guest MIB PAUSE: writes 4 KiB here and there in the first so many MiB, with a pause after each
guest() {
        until is_over || [ -e "$DIR/guest-over" ]; do
                echo "write -P $((1 + RANDOM % 255)) $((RANDOM % ($1 * 256) * 4096)) 4096"
                [ "$2" = 0 ] || sleep "$2"
        done | qemu-io -f raw "nbd+unix:///guest?socket=$DIR/source.sock" >/dev/null
}

guest_is_at_work() {
        [ "$(field source-relay 4)" -gt "$1" ]
}

has_verdict() {
        [[ $(field source-verify 2) =~ ^(same|different|unsettled)$ ]]
}

# Of that name, once more, against the one on the target that is there already.
verify_again() {
        ask source-verify end
        ends source-verify
        verifier source-verify source source.sock "$(field target-verify 3)" "$@"
}

@test "a mirror under a guest that writes is never different, and is the same once the guest rests" {
        pattern "$DIR/source.img" 64M
        truncate -s 64M "$DIR/target.img"
        mirror
        begin guest guest 64 0
        wait_for 10 guest_is_at_work 70000000
        begin teller tell_synced
        verify Settle=1000
        wait_for 60 has_verdict
        [[ $(field source-verify 2) =~ ^(same|unsettled)$ ]]
        [ "$(field source-verify 6)" = 0 ]

        touch "$DIR/guest-over"
        ends guest
        wait_for 30 is_synced
        verify_again Settle=1000
        wait_for 30 has_verdict
        state_is source-verify same
}

@test "a mirror that lags far behind its guest is never different" {
        pattern "$DIR/source.img" 16M
        truncate -s 16M "$DIR/target.img"
        mirror
        [ "$(ask source-relay 'limit 1048576')" = ok ]
        begin guest guest 16 0
        begin teller tell_synced
        verify Settle=1000
        wait_for 60 has_verdict
        # On a slow machine the guest may be no faster than 1 MiB a second, and all is the same in the end.
        [[ $(field source-verify 2) =~ ^(same|unsettled)$ ]]
        [ "$(field source-verify 6)" = 0 ]
        ! state_is source-verify unsettled ||
                grep -qE "(Written to at every look|Differs, but the mirror was not up to date,) at bytes" "$DIR/source-verify.log"
}

@test "one flipped byte is found while the guest writes elsewhere" {
        pattern "$DIR/source.img" 64M
        truncate -s 64M "$DIR/target.img"
        mirror
        begin guest guest 32 0.02
        begin teller tell_synced
        flip "$DIR/target.img" 60000001
        # Long enough that a teller on a slow machine is in time.
        verify Settle=5000
        wait_for 90 has_verdict
        state_is source-verify different
        [ "$(field source-verify 6)" = 1 ]
        grep -q "Differs at bytes 59965440-60030975" "$DIR/source-verify.log"
}

@test "what differs is not called different before the mirror is said to be up to date" {
        disks 8M
        flip "$DIR/target.img" 5
        export_disk source off
        export_disk target on
        verify Settle=1000
        wait_for 30 has_verdict
        state_is source-verify unsettled
        # None different, one unsettled, that one untold.
        [ "$(ask source-verify status | cut -d' ' -f6-)" = "0 1 1" ]
        grep -q "Differs, but the mirror was not up to date, at bytes 0-65535" "$DIR/source-verify.log"
        [ "$(ask source-verify words)" = "words 1 blocks differ, with a mirror that is not up to date, bytes 0-65535" ]
        # The target's is there for the next one, which can know.
        wait_for 10 state_is target-verify listening
        begin teller always_synced
        verify_again Settle=1000
        wait_for 30 state_is source-verify different
}

@test "disks of different sizes are different, and nothing is read" {
        pattern "$DIR/source.img" 8M
        head -c $((8388608 - 512)) "$DIR/source.img" >"$DIR/target.img"
        export_disk source off
        export_disk target on
        verify
        wait_for 10 state_is source-verify different
        [ "$(ask source-verify words)" = "words the source has 8388608 bytes, the target 8388096" ]
        [ "$(field target-verify 4)" = 0 ]
}

@test "a disk that ends in the middle of a block is compared to its last byte" {
        pattern "$DIR/source.img" $((3 * 1048576 + 512))
        cp "$DIR/source.img" "$DIR/target.img"
        flip "$DIR/target.img" $((3 * 1048576 + 511))
        export_disk source off
        export_disk target on
        verify Settle=1000
        begin teller always_synced
        wait_for 30 has_verdict
        [ "$(ask source-verify words)" = "words differs at bytes 3145728-3146239" ]
}

@test "a sample reads a part, the ends always" {
        disks 100M
        flip "$DIR/target.img" 104857599
        export_disk source off
        export_disk target on
        verify Settle=1000 Sample=10
        begin teller always_synced
        wait_for 30 has_verdict
        [ "$(ask source-verify words)" = "words differs at bytes 104792064-104857599" ]
        [ "$(field source-verify 4)" -lt 50000000 ]
        [ "$(field source-verify 4)" = "$(field source-verify 5)" ]
}

@test "zeroes on one side and a hole on the other are the same, and data under either is found" {
        truncate -s 300M "$DIR/source.img"
        truncate -s 300M "$DIR/target.img"
        dd if=/dev/zero of="$DIR/source.img" bs=1M count=40 seek=20 conv=notrunc status=none
        export_disk source off
        export_disk target on
        verify Settle=1000
        begin teller always_synced
        wait_for 30 has_verdict
        state_is source-verify same
        flip "$DIR/target.img" 299000000
        verify_again Settle=1000
        wait_for 30 has_verdict
        [ "$(ask source-verify words)" = "words differs at bytes 298975232-299040767" ]
}

@test "who has another key is turned away, and the right one still gets its verdict" {
        disks 8M
        export_disk source off
        export_disk target on
        verifier target-verify target target.sock "$PORTS"
        verifier intruder source source.sock "$(field target-verify 3)" "Tls=psk" "Key=$(printf '%064d' 7)"
        ends intruder 1
        grep -q "Cannot verify" "$DIR/intruder.log"
        wait_for 10 grep -q "Turned somebody away" "$DIR/target-verify.log"
        verifier source-verify source source.sock "$(field target-verify 3)"
        wait_for 10 state_is source-verify same
}

@test "who speaks no TLS, or nothing of ours, gets no digest" {
        disks 8M
        export_disk source off
        export_disk target on
        verifier target-verify target target.sock "$PORTS"
        run -0 timeout 10 socat -t 2 - "TCP:127.0.0.1:$(field target-verify 3)" <<<"hello, is there a disk here?"
        wait_for 10 grep -q "Turned somebody away" "$DIR/target-verify.log"
        state_is target-verify listening
        ask target-verify end
        ends target-verify

        verifier target-verify target target.sock "$PORTS" Tls=no
        run -0 timeout 10 socat -t 2 - "TCP:127.0.0.1:$(field target-verify 3)" <<<"hello, is there a disk here?"
        wait_for 10 grep -q "speaks something else" "$DIR/target-verify.log"
        [ "$(field target-verify 4)" = 0 ]
        verifier source-verify source source.sock "$(field target-verify 3)" Tls=no
        wait_for 10 state_is source-verify same
}

# silent_ones PORT VERIFIER: three that connect and say nothing
silent_ones() {
        local i

        for i in 1 2 3; do
                begin "silent$1-$i" socat -u "TCP:127.0.0.1:$1" -
        done
        wait_for 10 have_come "$2" "$1" 3
}

@test "who connects and is silent does not keep the right one from its verdict, with TLS or without" {
        local option name

        disks 1M
        export_disk source off
        export_disk target on
        for option in Limit=0 Tls=no; do
                name=${option%=*}
                verifier "target-$name" target target.sock "$PORTS" "$option"
                silent_ones "$(field "target-$name" 3)" "target-$name"
                verifier "source-$name" source source.sock "$(field "target-$name" 3)" "$option"
                wait_for 10 state_is "source-$name" same
                grep -q "Turned somebody away: it has not shaken hands while the next one waited" "$DIR/target-$name.log"
        done
}

@test "a target's verifier that is killed is an error with words, and no verdict" {
        disks 64M
        export_disk source off
        export_disk target on
        verify Limit=4194304
        wait_for 10 state_is source-verify running
        kill -KILL "${PID[target-verify]}"
        ends source-verify 1
        grep -q "Cannot verify: the other side has gone\|Cannot verify: the connection broke" "$DIR/source-verify.log"
}

@test "a source's verifier that is killed leaves the target's to the next one" {
        disks 64M
        export_disk source off
        export_disk target on
        verify Limit=4194304
        wait_for 10 state_is source-verify running
        kill -KILL "${PID[source-verify]}"
        wait_for 20 state_is target-verify listening
        rm "$DIR/source-verify.control"
        [ "$(ask target-verify 'limit 0')" = ok ]
        verifier source-verify source source.sock "$(field target-verify 3)"
        wait_for 20 state_is source-verify same
}

@test "a QEMU that goes away is an error on its own side and is told to the other" {
        disks 64M
        export_disk source off
        export_disk target on
        verify Limit=4194304
        wait_for 10 state_is source-verify running
        kill -KILL "${PID[target-qemu]}"
        ends source-verify 1
        grep -q "Cannot verify: the other side: QEMU's export at" "$DIR/source-verify.log"
        wait_for 10 state_is target-verify listening
        verifier source-verify source source.sock "$(field target-verify 3)"
        ends source-verify 1
        grep -q "Cannot verify: the other side: QEMU's export at" "$DIR/source-verify.log"
}

@test "a limit holds, and can be lifted while it runs" {
        local begin
        disks 24M
        export_disk source off
        export_disk target on
        begin=${EPOCHREALTIME/./}
        verify Limit=8388608
        [[ $(ask source-verify 'limit 5') = error* ]]
        wait_for 20 sh -c "[ \$(printf status | socat -t 2 - UNIX-CONNECT:$DIR/source-verify.control,type=5 | cut -d' ' -f4) -ge 12582912 ]"
        # 12 MiB at 8 MiB a second, less what may go at once.
        [ $((${EPOCHREALTIME/./} - begin)) -ge 1000000 ]
        [ "$(ask target-verify 'limit 0')" = ok ]
        [ "$(ask source-verify 'limit 0')" = ok ]
        wait_for 10 state_is source-verify same
}
