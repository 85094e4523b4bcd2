#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What can be asked of a mirror besides its beginning and its end: a name of its own, pauses,
# increments, other attempts, and that a guest that is too fast does not keep it from its end.

# Constants of mirror.bash, without blanks: $NAME, $ROOT, $DIR, $KEY.
# shellcheck disable=SC2086,SC1010,SC1111,SC2034
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
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 40 -u mirrord -u 'mirror-relay@*' >&2 || true
        in_box sh -c "systemctl stop 'qemu-*' mirrord 'mirror-relay@*'; systemctl reset-failed" 2>/dev/null || true
}

@test "a call with the name of a job is answered with that job, and not with another one's" {
        local first
        source_and_target
        first=$(begin 2 Id s move_web1 Speed t 1000000)
        [ "$first" = /org/npivot/mirror1/job/move_web1 ]
        JOB=$first
        in_box systemctl kill -s KILL mirrord
        [ "$(begin 1 Id s move_web1)" = "$first" ]
        run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda vda 16777216 49301 $KEY 127.0.0.1 \
                1 Id s move_web1
        [[ $output = *"There is a mirror “move_web1” of something else"* ]]
        run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda vda 16777216 49301 $KEY 127.0.0.1 \
                1 Id s 7up
        [[ $output = *"is not an id"* ]]
        tell SetSpeed t 0
        until_state 20 ready
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

# The bus ends the connection of who sends it what is not UTF-8. Nobody has to be root for it.
# A target that is prepared anew has the same ports, and other keys.
@test "a call with the name of a job that is done was answered with it though its target was another one" {
        local other
        source_and_target
        JOB=$(begin 1 Id s web)
        until_state 20 ready
        tell Switch
        until_state 20 done
        [ "$(begin 1 Id s web)" = "$JOB" ]
        other=${KEY//[0-9]/c}
        run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 vda vda 16777216 49301 $other \
                vdb vdb 16777216 49302 $other 127.0.0.1 1 Id s web
        [[ $output = *"There is a mirror “web” of something else: take another name, or forget that one."* ]]
        state_is done
}

@test "a refusal that cut a letter in two was not answered, and might have ended mirrord" {
        local pid word

        word=$(printf 'a%.0s' {1..39})ä
        pid=$(in_box systemctl show -P MainPID mirrord)
        run ! in_box setpriv --reuid 1 --clear-groups busctl call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp \
                1 vda vda 16777216 49301 $KEY 127.0.0.1 1 "$word" s x
        [[ $output = *"There is no option “${word%ä}?”"* ]]
        [ "$(in_box systemctl show -P MainPID mirrord)" = "$pid" ]
}

# QEMU's own figures.
progress() {
        qmp source '{"execute":"query-jobs"}' | jq -c 'map(."current-progress")'
}

# done_is FIGURES: mirrord says what QEMU says (its own figures are those of its last look)
done_is() {
        [ "$(job Done)" = "$(jq add <<<"$1")" ]
}

@test "a paused mirror stands still, over a kill -9 too, and goes on when it is told to" {
        local done
        source_and_target
        JOB=$(begin 1 Speed t 2000000)
        until_state 20 copying
        tell Pause
        wait_for 10 jobs_are paused
        [ "$(job Paused)" = true ]
        done=$(progress)
        in_box systemctl kill -s KILL mirrord
        wait_for 10 job State
        tell SetSpeed t 0
        wait_for 10 jobs_are paused
        [ "$(progress)" = "$done" ]
        wait_for 10 done_is "$done"
        tell Resume
        until_state 20 ready
        tell Pause
        wait_for 10 jobs_are standby
        run ! tell Switch
        [[ $output = *"can be done once"* ]]
        tell Resume
        wait_for 10 jobs_are ready
        tell Switch
        until_state 20 done
        are_same
        run ! tell Pause
        [[ $output = *"is done: that can be done once it is copying"* ]]
}

@test "a switch right after a resume comes to its end, the guest's QEMU being still at its pause" {
        source_and_target
        JOB=$(begin)
        until_state 20 ready
        tell Pause
        wait_for 10 jobs_are standby
        in_box sh -c "busctl call $NAME $JOB $NAME.Job Resume; busctl call $NAME $JOB $NAME.Job Switch"
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

@test "a bitmap that an earlier mirror left behind is not taken for ours" {
        source_and_target
        in_box sh -c "cat $DIR/vda.source >$DIR/vda.target; cat $DIR/vdb.source >$DIR/vdb.target"
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 5M 3M 0x5a
        qmp source '{"execute":"block-dirty-bitmap-add","arguments":{"node":"vda","name":"npivot-1"}}'
        JOB=$(begin 2 Sync s incremental Bitmap s since)
        [ "$JOB" = /org/npivot/mirror1/job/1 ]
        until_state 20 ready
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

# As after a mirror that was switched over: both are the same, and a bitmap knows what was written since.
@test "an incremental mirror copies what was written since, and nothing else" {
        source_and_target 64M
        in_box sh -c "cat $DIR/vda.source >$DIR/vda.target; cat $DIR/vdb.source >$DIR/vdb.target"
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 5M 3M 0x5a
        write_to source vdb 60M 1M 0x5b
        SIZE_BYTES=67108864
        JOB=$(begin 2 Sync s incremental Bitmap s since)
        until_state 20 ready
        # What is written meanwhile goes along.
        write_to source vda 32M 2M 0x5c
        in_box systemctl kill -s KILL mirrord
        until_state 20 ready
        wait_for 20 relay_has_carried vda 5242880
        [ "$(relay_bytes vda)" -le $((6 * 1048576)) ]
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
        # The bitmap that was named is as it was, ours has gone.
        qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}' |
                jq -e '[.[] | select(."node-name" == "vda") | ."dirty-bitmaps"[].name] == ["since"]'
}

@test "an incremental mirror of a bitmap that is not there is refused, and one that is aborted leaves nothing" {
        source_and_target
        JOB=$(begin 2 Sync s incremental Bitmap s since)
        until_state 10 failed
        [ "$(job Message)" = "vda: its node has no bitmap “since” that can be relied on: mirror it in full." ]
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 0 16M 0x5a
        JOB=$(begin 3 Sync s incremental Bitmap s since Speed t 1000000)
        until_state 20 copying
        tell Abort
        until_state 20 cancelled
        wait_for 10 is_clean
        qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}' |
                jq -e '[.[]."dirty-bitmaps"[]?.name] == ["since", "since"]'
}

@test "a channel that breaks is begun again as often as it may be, and then it has failed" {
        source_and_target
        JOB=$(begin 2 Retries u 1 Speed t 1000000)
        wait_for 20 disks_are copying
        in_box systemctl restart mirror-relay@target-vdb
        wait_for 20 retried 1
        tell SetSpeed t 0
        until_state 20 ready
        in_box systemctl stop mirror-relay@target-vdb
        until_state 20 failed
        [[ $(job Message) = "vdb: its relay has ended: "*journalctl* ]]
        wait_for 10 is_clean
}

@test "killed while a channel is begun again, it is begun again all the same" {
        local i
        source_and_target
        JOB=$(begin 2 Retries u 20 Speed t 500000)
        for i in 1 2 3; do
                wait_for 20 disks_are copying
                in_box systemctl restart mirror-relay@target-vdb
                in_box systemctl kill -s KILL mirrord
                wait_for 20 retried $i
        done
        tell SetSpeed t 0
        until_state 30 ready
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

@test "a target that is frozen under a write-blocking mirror keeps writes waiting for so long, and no longer" {
        source_and_target
        serve_source
        JOB=$(begin 2 CopyMode s write-blocking StallMsec u 1000)
        until_state 20 ready
        [ "$(job CopyMode)" = write-blocking ]
        in_box systemctl kill -s STOP qemu-target
        local began=${EPOCHREALTIME/./}
        write_to source vda 1M 64k 0x11
        [ $((${EPOCHREALTIME/./} - began)) -lt 4000000 ]
        until_state 20 failed
        in_box systemctl kill -s CONT qemu-target
        wait_for 10 is_clean
}

# The channel carries 3 MB a second, and whoever writes does not wait: told early, and then made to wait.
@test "a guest that outruns the channel is told so, and waits for its writes then" {
        source_and_target
        in_box systemctl kill -s KILL qemu-writer 2>/dev/null || true
        serve_source
        JOB=$(begin 1 Speed t 3000000)
        until_state 20 copying
        begin_writer
        wait_for 60 converges will-not-converge forced
        wait_for 60 converges forced
        [ "$(job CopyMode)" = write-blocking ]
        wait_for 20 job_has_mode write-blocking
        tell SetSpeed t 0
        until_state 60 ready
        in_box systemctl stop qemu-writer
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

@test "a guest that outruns the channel is only told of when nobody may make it wait" {
        source_and_target
        serve_source
        JOB=$(begin 2 Speed t 3000000 Converge b false)
        until_state 20 copying
        begin_writer
        wait_for 60 converges will-not-converge
        [ "$(job CopyMode)" = background ]
        [ "$(job Eta)" = 18446744073709551615 ] # nobody knows
        in_box systemctl stop qemu-writer
        tell SetSpeed t 0
        until_state 30 ready
        wait_for 10 converges converging
        tell Abort
        until_state 20 cancelled
}

@test "certificates are for the relays, and a name that is not in them is refused" {
        make_pki
        source_and_target
        in_box systemctl stop mirror-relay@target-vda mirror-relay@target-vdb
        x509_relay vda 49301
        x509_relay vdb 49302
        KEY="" JOB=$(begin_x509 wrong.example)
        until_state 20 failed
        [[ $(job Message) = *"does not reach the other host"* ]]
        in_box systemctl restart mirror-relay@target-vda mirror-relay@target-vdb
        KEY="" JOB=$(begin_x509 localhost)
        until_state 20 ready
        tell Switch
        until_state 20 done
        are_same
}
