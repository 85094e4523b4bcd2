#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirrord moves a whole QEMU, memory and disks, by its old block migration: the guest signs what it
# writes, and checks all of it wherever it is afterwards. QEMU 10 has no such thing, and is refused.

# Constants of mirror.bash, without blanks: $NAME, $ROOT, $DIR, $KEY.
# shellcheck disable=SC2086
bats_require_minimum_version 1.5.0
load lib
load mirror
load mirror-guest

# Block migration needs disks that have a backend with a name.
guest_disk() {
        echo -drive "if=none,id=$1,file=$2,format=raw" -device "virtio-blk-pci,drive=$1"
}

setup_file() {
        command -v qemu-system-x86_64 >/dev/null || return 0
        guest_box 7 --bind "$(dirname "$("$guest_here/qemu10")")"
        nodes_of_source >"$BATS_FILE_TMPDIR/nodes"
}

setup() {
        command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
}

teardown() {
        if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
                report >&2 || true
                guest_recover
        fi
        target_down
        in_box sh -c "systemctl stop qemu-ten qemu-still; systemctl stop mirrord 'mirror-relay@*'; systemctl reset-failed; rm -rf /run/npivot/mirror/jobs; systemctl start mirrord" 2>/dev/null
}

report() {
        guest_report
        qmp source '{"execute":"query-migrate"}'
        qmp source '{"execute":"query-status"}'
        qmp target '{"execute":"query-status"}'
}

# other_host: a QEMU that waits, stopped, and the relay before it, as an administrator would have them
other_host() {
        guest_qemu target -S -incoming "unix:$DIR/target.incoming"
        target_side
}

target_side() {
        in_box sh -c "umask 077; printf '[Relay]\nSide=target\nSocket=$DIR/target.incoming\nAddress=127.0.0.1\nPorts=49301\nKey=$KEY\n' >/run/npivot/mirror/relay/target-machine.conf
                systemctl start mirror-relay@target-machine"
}

# move [OPTION-COUNT OPTION...]: the job
move() {
        local reply

        [ $# -gt 0 ] || set -- 0
        reply=$(bus call $NAME $ROOT $NAME.Manager StartLegacy 'ssqsa{sv}' $DIR/${MOVED:-source}.qmp 127.0.0.1 49301 $KEY "$@") || return 1
        jq -r '.data[0]' <<<"$reply"
}

# moving: a job that is in the middle of it, and too slow to come to an end
moving() {
        other_host
        JOB=$(move 1 Speed t 4000000)
        wait_for 20 is_moving
}

# Some of it has been sent, and more is to come.
is_moving() {
        local there total

        state_is copying || return
        there=$(job Done)
        total=$(job Total)
        ((there > 4000000 && there < total))
}

source_migration_is() {
        [ "$(qmp source '{"execute":"query-migrate"}' | jq -r .status)" = "$1" ]
}

# says WORDS: of the job
says() {
        [[ $output = *"Job ${JOB##*/} $1"* ]]
}

failed_with() {
        local message

        until_state 30 failed
        message=$(job Message)
        # shellcheck disable=SC2053
        [[ $message = $1 ]] || {
                echo "another message: $message"
                return 1
        }
}

@test "a move that is aborted leaves the guest where it is, whole" {
        moving
        [ "$(job Engine)" = legacy ]
        bus get-property $NAME "$JOB" $NAME.Job Disks | jq -e '.data[0][0] == "machine" and .data[0][2] == "copying"'
        for method in Pause Switch Verify; do
                run -1 tell $method
                says "moves a whole QEMU, which is neither switched, paused nor verified: "
        done
        tell Abort
        until_state 20 cancelled
        [ -z "$(job Message)" ]
        run -1 source_migration_is active
        guest_is_whole
}

@test "the QEMU that waits is killed: the move has failed, and the guest goes on" {
        moving
        in_box systemctl kill -s KILL qemu-target
        failed_with "the move has failed: *"
        guest_is_whole
}

@test "the QEMU that waits freezes: the guest goes on, and it is given up after StallMsec" {
        other_host
        JOB=$(move 2 Speed t 8000000 StallMsec u 10000)
        wait_for 20 is_moving
        in_box systemctl kill -s STOP qemu-target
        guest_goes_on
        state_is copying
        failed_with "the other host has taken nothing for 10000 ms: *"
        guest_is_whole
}

@test "nobody is on the other host: it is said, and nothing was begun" {
        JOB=$(move)
        failed_with "the relay does not reach the other host at 127.0.0.1 port 49301: *"
        [ "$(qmp source '{"execute":"query-migrate"}' | jq -r '.status // "none"')" != active ]
        guest_is_whole
}

@test "a QEMU that is at work on a block job, or mirrored, is not moved" {
        local node

        node=$(qmp source '{"execute":"query-block"}' | jq -r '.[] | select(.device == "vda").inserted."node-name"')
        in_box truncate -s $SIZE_BYTES $DIR/vda.copy
        qmp source "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"raw\",\"node-name\":\"copy\",\"file\":{\"driver\":\"file\",\"filename\":\"$DIR/vda.copy\"}}}"
        qmp source "{\"execute\":\"blockdev-mirror\",\"arguments\":{\"job-id\":\"mine\",\"device\":\"$node\",\"target\":\"copy\",\"sync\":\"full\"}}"
        JOB=$(move)
        failed_with "QEMU is at work on another block job, mine (mirror): *"
        qmp source '{"execute":"block-job-cancel","arguments":{"device":"mine","force":true}}'
        wait_for 10 is_clean
        qmp source '{"execute":"blockdev-del","arguments":{"node-name":"copy"}}'
        guest_is_whole
}

@test "there is one job for a QEMU that moves, and the same call is the same job" {
        moving
        run -1 move
        says "has disks of this QEMU already: abort it first."
        run begin
        says "has disks of this QEMU already: abort it first."
        tell Abort
        until_state 20 cancelled
        JOB=$(move 1 Id s again)
        [ "$(move 1 Id s again)" = "$JOB" ]
        until_state 20 failed
        guest_is_whole
}

@test "an option that it does not have is refused by name" {
        run -1 move 1 Verify s always
        [[ $output = *"There is no option "*Verify*": see Manager.StartLegacy"* ]]
        run -1 move 1 StallMsec u 1
        [[ $output = *"StallMsec is from 100 to 600000."* ]]
}

@test "QEMU 10 has no block migration any more, and is refused by its version" {
        in_box systemd-run --quiet --collect --unit qemu-ten "$("$guest_here/qemu10")/qemu-system-x86_64" -machine none -nodefaults -display none \
                -chardev "socket,id=m,path=$DIR/ten.qmp,server=on,wait=off" -mon chardev=m,mode=control \
                -chardev "socket,id=t,path=$DIR/ten.test,server=on,wait=off" -mon chardev=t,mode=control
        wait_for 20 qmp ten '{"execute":"query-status"}'
        version=$(qmp ten '{"execute":"query-version"}' | jq -r '"\(.qemu.major).\(.qemu.minor).\(.qemu.micro)"')
        JOB=$(MOVED=ten move)
        until_state 10 failed
        [ "$(job Message)" = "QEMU $version has no block migration any more (gone with 9.1): mirror the disks instead." ]
        [ -z "$(in_box find /run/npivot/mirror/relay -name '[0-9]*')" ]
}

# small_qemu NAME OPTION...: without a guest, and with one disk above a base that all share
small_qemu() {
        in_box qemu-img create -q -f qcow2 -b $DIR/base -F raw "$DIR/top.$1"
        [ "$1" != still ] || in_box qemu-io -f qcow2 "$DIR/top.$1" -c "write -P 0x55 1M 1M" -c flush >/dev/null
        in_box systemd-run --quiet --collect --unit "qemu-$1" qemu-system-x86_64 -machine pc -m 16 -nodefaults -display none -S \
                -chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" -mon chardev=m,mode=control \
                -chardev "socket,id=t,path=$DIR/$1.test,server=on,wait=off" -mon chardev=t,mode=control \
                -drive "if=none,id=vda,file=$DIR/top.$1,format=qcow2" -device virtio-blk-pci,drive=vda "${@:2}"
        wait_for 20 qmp "$1" '{"execute":"query-status"}'
}

@test "Incremental moves what is above a shared base, also of a guest that is stopped" {
        in_box sh -c "head -c 64M /dev/urandom >$DIR/base"
        small_qemu still
        small_qemu target -incoming "unix:$DIR/target.incoming"
        target_side
        JOB=$(MOVED=still move 1 Incremental b true)
        until_state 30 "done"
        # What a stopped QEMU still holds of a qcow2 image is written.
        qmp target '{"execute":"stop"}'
        in_box qemu-img compare -U -f qcow2 -F qcow2 $DIR/top.still $DIR/top.target
        [ "$(in_box qemu-img map -U --output=json -f qcow2 $DIR/top.target | jq '[.[] | select(.depth == 0).length] | add')" -le 2097152 ]
        [ "$(qmp target '{"execute":"query-status"}' | jq -r .running)" = false ]
        in_box rm -f $DIR/top.still $DIR/top.target $DIR/base
}

@test "npivot begins a move with the key in a file, and says what comes next" {
        local key=$DIR/key start="npivot mirror legacy --monitor $DIR/still.qmp --address 127.0.0.1 --port 49301 --id web"

        in_box sh -c "head -c 64M /dev/urandom >$DIR/base; umask 077; echo $KEY >$key"
        small_qemu still
        run -1 in_box_as nobody $start --tls no
        [[ $output = *"polkit allow you org.npivot.mirror1.manage"* ]]
        small_qemu target -incoming "unix:$DIR/target.incoming"
        target_side
        run --separate-stderr in_box $start --key-file $key --sync top --wait
        [ "$status" = 0 ]
        [ "${lines[0]}" = "Mirror web has begun; it moves a whole QEMU." ]
        [ "${lines[-1]}" = "Mirror web is done." ]
        [[ $stderr = *"compare the disks while both QEMUs stand still"* ]]
        in_box npivot mirror show web --json | jq -e '.state == "done" and .disks[0].name == "machine"'
        qmp target '{"execute":"stop"}'
        in_box qemu-img compare -U -f qcow2 -F qcow2 $DIR/top.still $DIR/top.target

        # What has moved is not moved again; it is said by the job.
        in_box npivot mirror forget web
        run -1 in_box $start --key-file $key --wait
        [[ $output = *"Mirror web has failed: QEMU's guest is not here any more"* ]]
        in_box rm -f $DIR/top.still $DIR/top.target $DIR/base
}

@test "a QEMU that migrates already is not moved, and goes on with that" {
        qmp source '{"execute":"migrate-set-parameters","arguments":{"max-bandwidth":1000000}}'
        qmp source '{"execute":"migrate","arguments":{"uri":"exec:cat >/dev/null"}}'
        wait_for 10 source_migration_is active
        JOB=$(move)
        failed_with "QEMU is migrating already: *"
        source_migration_is active
        qmp source '{"execute":"migrate_cancel"}'
        wait_for 10 source_migration_is cancelled
        guest_is_whole
}

kill_mirrord() {
        in_box systemctl kill -s KILL mirrord
        wait_for 20 job State
}

# The last one with this guest, which is gone afterwards.
@test "a guest that writes moves with its disks, though mirrord is killed again and again" {
        other_host
        JOB=$(move 1 Speed t 4000000)
        kill_mirrord
        until_state 20 copying
        kill_mirrord
        wait_for 20 is_moving
        kill_mirrord
        until_state 20 copying
        guest_goes_on
        tell SetSpeed t 0
        kill_mirrord
        until_state 60 "done"
        [ -z "$(job Message)" ]
        [ "$(qmp source '{"execute":"query-status"}' | jq -r .status)" = postmigrate ]
        limits=$(qmp source '{"execute":"query-migrate-parameters"}')
        jq -e '."max-bandwidth" == 134217728 and ."downtime-limit" == 300' <<<"$limits"
        [ "$(qmp target '{"execute":"query-status"}' | jq -r .running)" = false ]
        wait_for 15 is_clean
        images_are_same
        qmp target '{"execute":"cont"}'
        guest() {
                in_box "$BUILD_DIR/tests/guest/guest-ask" "$DIR/target.serial" 15 "$@"
        }
        guest_goes_on 20
        check=$(guest check)
        echo "$check"
        [[ $check = "ok checked="*" unknown=0 bad=0" ]]
        [ "$(guest_number errors)" = 0 ]
        # What has moved is not moved again.
        JOB=$(move)
        failed_with "QEMU's guest is not here any more: it was moved to another QEMU."
}
