#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirrord with a guest that signs what it writes: whatever becomes of the target, the relays, the
# monitor or mirrord itself, the guest goes on, every write of it is there, and nothing is left in
# QEMU, in systemd or in /run. The link 63-mirror-guest-10.bats is the same on QEMU 10.

# Constants of mirror.bash, without blanks: $NAME, $ROOT, $DIR, $KEY; each test is a shell of its own.
# shellcheck disable=SC2086,SC2030,SC2031
bats_require_minimum_version 1.5.0
load lib
load mirror
load target
load mirror-guest
load mirror-kill

case $BATS_TEST_FILENAME in
*-10.bats) QEMU="QEMU 10" ;;
*) QEMU="QEMU $(qemu-system-x86_64 --version 2>/dev/null | sed -En '1s/.*version ([0-9]+\.[0-9]+).*/\1/p')" ;;
esac

setup_file() {
        command -v qemu-system-x86_64 >/dev/null || return 0
        guest_box "${QEMU#QEMU }"
        nodes_of_source >"$BATS_FILE_TMPDIR/nodes"
}

setup() {
        command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
        guest gap
}

teardown() {
        if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
                guest_report >&2 || true
                guest_recover
        fi
        target_down
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' other-client watch-canary; systemctl reset-failed; rm -rf /run/npivot/mirror/jobs; systemctl start mirrord" 2>/dev/null
}

@test "$QEMU: the guest is in that QEMU, and its check finds a byte that was changed behind it" {
        [[ $(qmp source '{"execute":"query-version"}' | jq -r '"QEMU \(.qemu.major).\(.qemu.minor)"') = "$QEMU"* ]]
        guest rate 0
        in_box sh -c "printf x | dd of=$DIR/vdb.source bs=1 seek=1234567 conv=notrunc status=none"
        [[ $(guest check 2>&1) = *"# vdb block 301: "*" unknown=0 bad=1" ]]
        guest fill
        guest rate $GUEST_KBYTES
        guest_is_whole
}

@test "$QEMU: the disks of a guest that writes are mirrored, and the same at the switch" {
        target_up
        JOB=$(begin)
        until_state 20 ready
        guest_goes_on
        switch_over
        guest_is_whole
}

@test "$QEMU: the same where the guest waits for the target (write-blocking)" {
        target_up
        JOB=$(begin 1 CopyMode s write-blocking)
        until_state 20 ready
        guest_goes_on
        switch_over
        guest_is_whole
}

# compared_while_it_writes [OPTION-COUNT OPTION...]: from Prepare to Commit, verified twice
compared_while_it_writes() {
        in_box systemctl start mirror-storage.socket
        prepare web 2 vda $SIZE_BYTES $DIR/vda.target 0 vdb $SIZE_BYTES $DIR/vdb.target 0 127.0.0.1 1 Ports '(qq)' 49310 49330
        until_target 20 prepared
        guest_qemu target -incoming defer
        tell_target Export 'sa(ss)' $DIR/target.qmp 2 vda vda vdb vdb
        until_target 20 listening
        start_verified $(($1 + 1)) Verify s always "${@:2}"
        until_state 60 ready
        [[ $(job Verification) = @(same|unsettled) ]]
        guest_goes_on
        tell Verify
        until_state 60 ready
        [[ $(job Verification) = @(same|unsettled) ]]
        guest_goes_on
        switch_over
        tell_target Commit
        until_target 20 kept
        wait_for 10 no_part_is_left
        guest_is_whole
        tell_target Forget
}

@test "$QEMU: the disks are compared while the guest writes, and it is never said that they differ" {
        compared_while_it_writes 0
}

@test "$QEMU: the same where the guest waits for the target, and its writes for the comparison" {
        compared_while_it_writes 1 CopyMode s write-blocking
}

# copying [OPTION-COUNT OPTION...]: a job that is in the middle of it
copying() {
        target_up
        JOB=$(begin $(($1 + 1)) "${@:2}" Speed t 2000000)
        until_state 20 copying
        wait_for 20 all_disks_are copying ready
}

ready() {
        target_up
        JOB=$(begin "$@")
        until_state 20 ready
}

# failed_with PATTERN: soon, with such a message
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

@test "$QEMU: the target's QEMU is killed while it is copied to" {
        copying 0
        in_box systemctl kill -s KILL qemu-target
        failed_with "vd?: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: the target's QEMU is killed once the mirror is ready" {
        ready
        in_box systemctl kill -s KILL qemu-target
        failed_with "vd?: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: the target freezes: the guest goes on, and the mirror can be aborted" {
        ready
        in_box systemctl kill -s STOP qemu-target
        guest gap
        guest_goes_on
        guest_goes_on
        gap_is_below 2000
        tell Abort
        until_state 15 cancelled
        guest_is_whole
}

@test "$QEMU: the target of a write-blocking mirror freezes: the guest waits no longer than StallMsec" {
        ready 2 CopyMode s write-blocking StallMsec u 1000
        guest gap
        in_box systemctl kill -s STOP qemu-target
        failed_with "vd?: *"
        guest_goes_on
        gap_is_below 3000
        guest_is_whole
}

# QEMU 10 lets all that is on its way arrive before it begins another mirror, and the guest waits.
@test "$QEMU: a guest stood still for half a minute when the second of two slow mirrors began" {
        guest gap
        copying 0
        gap_is_below 5000
        tell SetSpeed t 0
        until_state 20 ready
        switch_over
        guest_is_whole
}

@test "$QEMU: the target takes an export away" {
        copying 0
        qmp target '{"execute":"block-export-del","arguments":{"id":"vdb","mode":"hard"}}'
        failed_with "vdb: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: the target stops its NBD server once the mirror is ready" {
        ready
        qmp target '{"execute":"nbd-server-stop"}'
        failed_with "vd?: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: the relay on this host is killed while it is copied" {
        copying 0
        in_box systemctl kill -s KILL "mirror-relay@${JOB##*/}-vda"
        failed_with "vda: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: the relay on the other host is killed once the mirror is ready" {
        ready
        in_box systemctl kill -s KILL mirror-relay@target-vdb
        failed_with "vdb: the mirror has ended: *"
        guest_is_whole
}

@test "$QEMU: mirrord is killed again and again, and the mirror comes to its end" {
        copying 0
        in_box systemctl kill -s KILL mirrord
        until_state 10 copying
        tell SetSpeed t 0
        in_box systemctl kill -s KILL mirrord
        until_state 20 ready
        in_box systemctl kill -s KILL mirrord
        until_state 10 ready
        qmp source '{"execute":"stop"}'
        tell Switch
        in_box systemctl kill -s KILL mirrord
        until_state 20 "done"
        images_are_same
        qmp source '{"execute":"cont"}'
        guest_is_whole
}

@test "$QEMU: a disk of which one sector too few or too many is announced: refused before anything is made" {
        local size cursor

        target_up
        cursor=$(in_box journalctl -b -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
        for size in $((SIZE_BYTES - 512)) $((SIZE_BYTES + 512)); do
                SIZE_BYTES=$size
                JOB=$(begin)
                failed_with "vda: the disk has 33554432 bytes and its target was made for $size: make the target anew."
                [ -z "$(in_box journalctl -o cat --after-cursor "$cursor" -u 'mirror-relay@[0-9]*')" ]
        done
        guest_is_whole
}

@test "$QEMU: a target that is one sector smaller or larger than was said fails the mirror" {
        local size

        for size in $((SIZE_BYTES - 512)) $((SIZE_BYTES + 512)); do
                in_box truncate -s $size $DIR/vdb.target
                target_up
                JOB=$(begin)
                failed_with "vdb: *size*"
                guest_is_whole
                target_down
        done
}

@test "$QEMU: the target has no space left in the middle of it" {
        in_box sh -c "mkdir $DIR/small; mount -t tmpfs -o size=8m tmpfs $DIR/small; truncate -s $SIZE_BYTES $DIR/small/vda; ln -s small/vda $DIR/vda.target"
        target_up
        JOB=$(begin)
        failed_with "vda: the mirror has ended: No space left on device"
        guest_is_whole
}

@test "$QEMU: another client has the monitor for a while: the mirror goes on, and so does mirrord afterwards" {
        copying 0
        in_box systemctl stop mirrord
        in_box systemd-run --quiet --unit other-client socat -u UNIX-CONNECT:$DIR/source.qmp STDOUT
        wait_for 10 monitor_is_taken
        in_box systemctl start mirrord
        wait_for 10 job State
        guest_goes_on
        run ! has_ended
        in_box systemctl stop other-client
        until_state 10 copying
        tell SetSpeed t 0
        until_state 20 ready
        switch_over
        guest_is_whole
}

# The greeting goes to whom QEMU serves.
monitor_is_taken() {
        in_box journalctl -b -o cat -u other-client | grep -q '"QMP"'
}

@test "$QEMU: an abort in each state is a cancellation, and leaves nothing" {
        local state

        target_up
        for state in new relay copying ready; do
                mirrors_afresh
                JOB=$(begin 1 Speed t "$([ $state = ready ] && echo 0 || echo 2000000)")
                case $state in
                relay) wait_for 20 first_disk_is relay copying ;;
                copying | ready) until_state 20 $state ;;
                esac
                tell Abort
                until_state 20 cancelled
                [ -z "$(job Message)" ]
                wait_for 10 is_clean
        done
        guest_is_whole
}

first_disk_is() {
        [[ " $* " = *" $(job_disks | jq -r '.[0][2]') "* ]]
}

@test "$QEMU: an abort in the middle of the switch: done or cancelled, and never half" {
        ready
        qmp source '{"execute":"stop"}'
        tell Switch
        tell Abort || true
        wait_for 20 has_ended
        [ "$(job State)" != "done" ] || images_are_same
        qmp source '{"execute":"cont"}'
        guest_is_whole
}

has_ended() {
        [[ $(job State) = @(done|cancelled|failed) ]]
}

@test "$QEMU: a guest's disk that says it is a qcow2 over a file of the host's: nobody opens that file" {
        forge_header
        watch_canary
        target_up
        JOB=$(begin)
        until_state 20 ready
        switch_over
        canary_is_untouched
        in_box cmp -n 4096 $DIR/vda.target $DIR/forged
        guest_is_whole

        # The trap works: whoever looks for himself what is in the image walks into it.
        in_box sh -c "qemu-img map -U $DIR/vda.target >/dev/null 2>&1" || true
        wait_for 5 canary_was_opened
        in_box systemctl stop watch-canary
        guest fill
}

# The guest writes what qemu-img makes of an image over $DIR/canary.
forge_header() {
        in_box sh -c "head -c 4096 /dev/urandom >$DIR/canary; cd $DIR
                qemu-img create -q -f qcow2 -F raw -b $DIR/canary forged.qcow2 $SIZE_BYTES
                head -c 4096 forged.qcow2 >forged; rm forged.qcow2"
        guest put vda "$(in_box od -An -v -tx1 $DIR/forged | tr -d ' \n' | sed 's/\(00\)*$//')"
}

watch_canary() {
        in_box systemd-run --quiet --unit watch-canary -p StandardOutput=truncate:$DIR/canary.log -p StandardError=journal \
                inotifywait -m -e open,access --format %e $DIR/canary
        wait_for 10 canary_is_watched
}

canary_is_watched() {
        in_box journalctl -b -o cat -u watch-canary | grep -q established
}

canary_was_opened() {
        [ -n "$(in_box cat $DIR/canary.log)" ]
}

canary_is_untouched() {
        [ -z "$(in_box cat $DIR/canary.log)" ]
}

# ---- kills at steps and at system calls; SWEEP_MAX=200 makes much more of them

# In the suite every step once, and every victim twice.
@test "$QEMU: mirrord or a relay is killed at each step: the mirror goes on or has failed, and nothing is lost" {
        local steps=(new relay copying ready switching aborting) victims=(mirrord here there) i j n=0

        target_up
        for i in "${!steps[@]}"; do
                for j in "${!victims[@]}"; do
                        ((${SWEEP_MAX:-0} >= 100 || (i + j) % 3 == 0)) || continue
                        echo "${victims[j]} at ${steps[i]}"
                        mirrors_afresh
                        reach_step "${steps[i]}"
                        # A relay that is not there yet, or not any more, cannot be killed.
                        if ! kill_victim "${victims[j]}"; then
                                tell Abort || true
                                wait_for 20 has_ended
                                qmp source '{"execute":"cont"}'
                                continue
                        fi
                        n=$((n + 1))
                        come_to_the_end "${steps[i]}" "${victims[j]}"
                        [[ $(guest check) = *" unknown=0 bad=0" ]]
                done
        done
        echo "$n kills"
        ((n >= 4))
        guest_is_whole
}

@test "$QEMU: mirrord is killed at any system call: the mirror comes to its end, and the guest loses nothing" {
        sweep unit mirrord.service 4 check
}

@test "$QEMU: the other host's relay is killed at any system call: done or failed, and the guest loses nothing" {
        sweep unit mirror-relay@target-vda.service 3 check-relay
}

# The first job there is, as mirrors_afresh leaves none.
@test "$QEMU: this host's relay is killed at any system call: done or failed, and the guest loses nothing" {
        sweep started mirror-relay@1-vda.service 3 check-relay
}

# The last of all: there is another guest afterwards, which has forgotten what this one wrote.
@test "$QEMU: the source's QEMU is killed: it is said, and the disks hold nothing that is torn" {
        copying 0
        in_box systemctl kill -s KILL qemu-source
        failed_with "QEMU has ended: nobody listens at its monitor, $DIR/source.qmp."
        wait_for 10 no_relay_is_left
        guest_qemu source
        wait_for 60 guest_answers
        [[ $(guest scan) = "ok whole="*" torn=0" ]]
        guest fill
        guest rate $GUEST_KBYTES
        guest_is_whole
}

no_relay_is_left() {
        [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-relay@[0-9]*')" ] &&
                [ -z "$(in_box find /run/npivot/mirror/relay -name '[0-9]*')" ]
}
