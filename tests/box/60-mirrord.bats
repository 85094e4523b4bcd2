#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirrord on a real systemd and bus, with real QEMU block layers (its storage daemon) on both ends:
# what it does, what is left, and that a kill -9 at any moment loses nothing.

# Constants of mirror.bash, without blanks: $NAME, $ROOT, $DIR, $KEY.
# shellcheck disable=SC2086,SC1010,SC1111
bats_require_minimum_version 1.5.0
load lib
load mirror

setup_file() {
        command -v qemu-storage-daemon >/dev/null || return 0
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_afresh
        into_box "$BATS_TEST_DIRNAME/mirror-until-done" "$box_helpers/box-get"
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 40 -u mirrord -u 'mirror-relay@*' >&2 || true
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'qemu-*'; systemctl reset-failed" 2>/dev/null || true
}

@test "disks are mirrored, switched over whole, and nothing is left" {
        source_and_target
        JOB=$(begin)
        until_state 20 ready
        [ "$(bus get-property $NAME "$JOB" $NAME.Job Disks | jq -c '[.data[] | [.[0], .[2], .[3], .[4]]]')" = \
                '[["vda","ready",16777216,16777216],["vdb","ready",16777216,16777216]]' ]
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
        tell Forget
        run ! bus get-property $NAME "$JOB" $NAME.Job State
        [ -z "$(in_box ls /run/npivot/mirror/jobs)" ]
}

@test "the same with a whole QEMU; mirrord is killed in the middle" {
        SOURCE_QEMU=system_qemu source_and_target
        JOB=$(begin 1 Speed t 12000000)
        until_state 20 copying
        in_box systemctl kill -s KILL mirrord
        until_state 20 ready
        tell Switch
        until_state 20 "done"
        wait_for 10 is_clean
        are_same
}

@test "a QEMU of another user reaches its relay, and a third user does not" {
        in_box chmod 777 $DIR
        QEMU_USER=nobody source_and_target
        JOB=$(begin 1 Speed t 4000000)
        until_state 20 copying
        run ! in_box setpriv --reuid 1 --clear-groups sh -c 'for s in /run/npivot/mirror/relay/*; do cat "$s"; done; ls /run/npivot/mirror/relay'
        tell SetSpeed t 0
        until_state 20 ready
        tell Switch
        until_state 20 "done"
        wait_for 10 is_clean
        are_same
}

@test "a QEMU that ends takes its mirror along: it is said, and no relay is left" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        until_state 20 copying
        in_box systemctl kill -s KILL qemu-source
        until_state 20 failed
        [[ $(job Message) = "QEMU has ended: nobody listens at its monitor, $DIR/source.qmp." ]]
        wait_for 10 no_relay_is_left
}

no_relay_is_left() {
        [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-relay@[0-9]*')" ] &&
                [ -z "$(in_box find /run/npivot/mirror/relay -name '[0-9]*')" ]
}

@test "an aborted mirror leaves nothing, and the source as it was" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        until_state 20 copying
        run ! tell Switch
        [[ $output = *"is copying: that can be done once it is ready and not paused"* ]]
        tell Abort
        until_state 20 cancelled
        wait_for 10 is_clean
        [ "$(job Message)" = "" ]
}

@test "a kill -9 of mirrord at any time: the mirror goes on and comes to its end" {
        local i
        source_and_target
        JOB=$(begin 1 Speed t 8000000)
        for i in 1 2 3 4 5; do
                in_box systemctl kill -s KILL mirrord
                wait_for 10 job State
        done
        until_state 30 ready
        in_box systemctl kill -s KILL mirrord
        until_state 20 ready
        tell Switch
        in_box systemctl kill -s KILL mirrord
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

@test "a target that is killed fails the mirror with the reason, and leaves nothing" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        until_state 20 copying
        in_box systemctl kill -s KILL qemu-target
        until_state 30 failed
        [[ $(job Message) = "vd"*": the mirror has ended: "* ]]
        wait_for 10 is_clean
}

@test "a target that is frozen does not keep a mirror from being aborted" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        until_state 20 copying
        in_box systemctl kill -s STOP qemu-target
        tell Abort
        until_state 15 cancelled
        in_box systemctl kill -s CONT qemu-target
        wait_for 10 is_clean
}

@test "a relay that is killed fails the mirror, of all its disks, and leaves nothing" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        wait_for 20 all_disks_are copying ready
        in_box systemctl kill -s KILL "mirror-relay@${JOB##*/}-vdb"
        until_state 30 failed
        [[ $(job Message) = "vdb: the mirror has ended: "* ]]
        wait_for 10 is_clean
}

@test "nobody at the other end: failed soon, with the port and where to look" {
        source_and_target
        in_box systemctl stop mirror-relay@target-vdb
        JOB=$(begin)
        until_state 15 failed
        [[ $(job Message) = "vdb: its relay does not reach the other host at 127.0.0.1 port 49302:"*journalctl* ]]
        wait_for 10 is_clean
}

@test "a disk of another size, a node that is not there and a foreign block job are refused before anything is made" {
        source_and_target
        SIZE_BYTES=16777728
        JOB=$(begin)
        until_state 10 failed
        [ "$(job Message)" = "vda: the disk has 16777216 bytes and its target was made for 16777728: make the target anew." ]
        SIZE_BYTES=16777216

        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda nobody 512 1 $KEY ::1 0 | jq -r '.data[0]')
        until_state 10 failed
        [ "$(job Message)" = "vda: QEMU has no node “nobody”." ]

        in_box truncate -s 16M $DIR/other
        qmp source "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"raw\",\"node-name\":\"other\",\"file\":{\"driver\":\"file\",\"filename\":\"$DIR/other\"}}}"
        qmp source '{"execute":"blockdev-mirror","arguments":{"job-id":"mine","device":"vdb","target":"other","sync":"full"}}'
        JOB=$(begin)
        until_state 10 failed
        [[ $(job Message) = "QEMU is at work on another block job, mine (mirror)"* ]]
        qmp source '{"execute":"query-block-jobs"}' | grep -q '"mine"'
}

@test "a limit can be lifted while it runs" {
        source_and_target
        JOB=$(begin 1 Speed t 500000)
        until_state 20 copying
        [ "$(job Speed)" = 500000 ]
        tell SetSpeed t 0
        until_state 15 ready
        tell Abort
        until_state 15 cancelled
}

# As if it was killed after the limit was written down.
@test "a limit that was not told to the relays is told by the mirrord that comes next" {
        source_and_target
        JOB=$(begin 1 Speed t 500000)
        until_state 20 copying
        in_box systemctl stop mirrord
        in_box sed -i 's/^Speed=.*/Speed=0/' /run/npivot/mirror/jobs/1.conf
        in_box systemctl start mirrord
        until_state 15 ready
}

@test "an abort at any moment of the beginning is a cancellation, not a failure" {
        local i
        source_and_target
        for i in 1 2 3 4 5 6; do
                JOB=$(begin 1 Speed t 1000000)
                [ $((i % 2)) = 1 ] || until_state 20 copying
                tell Abort
                until_state 20 cancelled
                wait_for 10 is_clean
                [ "$(job Message)" = "" ]
                in_box systemctl restart mirror-relay@target-vda mirror-relay@target-vdb
        done
}

@test "what cannot be asked for is refused with the reason, and nobody but root may ask" {
        check() {
                run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' "${@:2}"
                [[ $output = *"$1"* ]] || { echo "$output"; return 1; }
        }
        check "absolute path" qmp 0 ::1 0
        check "Name a disk" /x 0 ::1 0
        check "not a target name" /x 1 ../a n 512 1 $KEY ::1 0
        check "not the name of a node" /x 1 vda "a b" 512 1 $KEY ::1 0
        check "a size in bytes" /x 1 vda n 0 1 $KEY ::1 0
        check "from 1 to 65535" /x 1 vda n 512 0 $KEY ::1 0
        check "hex digits" /x 1 vda n 512 1 secret ::1 0
        check "there twice" /x 2 vda n 512 1 $KEY vda o 512 1 $KEY ::1 0
        check "not an IP address" /x 1 vda n 512 1 $KEY host 0
        check "Sync is full, top or incremental" /x 1 vda n 512 1 $KEY ::1 1 Sync s half
        check "need each other" /x 1 vda n 512 1 $KEY ::1 1 Sync s incremental
        check "with TLS a disk has a key" /x 1 vda n 512 1 "" ::1 0
        check "There is no option" /x 1 vda n 512 1 $KEY ::1 1 Colour s red
        run ! in_box setpriv --reuid nobody --regid nogroup --clear-groups busctl call $NAME $ROOT $NAME.Manager \
                Start 'sa(sstqs)sa{sv}' /x 1 vda n 512 1 $KEY ::1 0
        [[ $output = *"Interactive authentication required"* || $output = *"polkit refuses"* ]]
}

@test "npivot mirror lists, shows, waits, limits, switches and forgets" {
        [ "$(in_box npivot mirror 2>&1)" = "npivot: There are no mirrors." ]
        source_and_target
        JOB=$(begin 1 Speed t 2000000)
        id=${JOB##*/}
        run -0 in_box npivot mirror list
        [[ ${lines[0]} = *"ID  STATE"*"MONITOR"* ]]
        [[ ${lines[1]} = *"$id  "*"1.9 MiB/s"*"$DIR/source.qmp"* ]]
        run ! in_box npivot mirror switch "$id"
        [[ $output = *"Cannot switch over mirror $id: Mirror $id is "* ]]
        run ! in_box npivot mirror wait "$id" --timeout 1
        [[ $output = *"npivot: $id: vda "*" %, vdb "*" %"* && $output = *"still."* ]]
        in_box npivot mirror speed "$id" 0
        run -0 in_box npivot mirror wait "$id" --timeout 20
        [[ $output = *"Mirror $id is ready." ]]
        run -0 in_box npivot mirror show "$id"
        [[ $output = *"State: ready"*"vda"*"ready"*"16 MiB  16 MiB  100  ████████████████████████  vda"* ]]
        in_box npivot mirror show "$id" --json | jq -e '.disks | length == 2 and .[1].done_bytes == 16777216'
        in_box npivot mirror switch "$id"
        run -0 in_box npivot mirror wait "$id"
        [[ $output = *"Mirror $id is done." ]]
        in_box npivot mirror forget "$id"
        run ! in_box npivot mirror show "$id"
        [[ $output = *"There is no mirror $id."*"npivot mirror list"* ]]
        run ! in_box npivot mirror show ../x
        [[ $output = *"is not the id of a mirror"* ]]
        run ! in_box npivot mirror speed 1 fast
        [[ $output = *"“fast” is not a speed"* ]]
}

# One job from Start to done, asked for by somebody who does not give up. Reads and writes of the
# loop are most of the system calls; the sample is spread over all of them.
@test "killed at any system call: the mirror comes to its end, whole, and nothing is left" {
        local round="$BATS_TEST_DIRNAME/mirror-round"

        run "$BATS_TEST_DIRNAME/kill-sweep" --box "$BOX_NAME" --unit mirrord.service --max "${SWEEP_MAX:-8}" \
                --reset "'$round' reset" --check "'$round' check" -- /run/mirror-until-done
        echo "$output"
        [ "$status" = 0 ]
}
