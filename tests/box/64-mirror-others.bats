#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What others do in the same QEMU, and what earlier mirrors have left there: none of it is taken for
# ours, and none of it ends ours. And what is said of a mirror that has ended.

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
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 40 -u mirrord -u 'mirror-relay@*' >&2 || true
        in_box sh -c "systemctl stop 'qemu-*' mirrord 'mirror-relay@*'; systemctl reset-failed" 2>/dev/null || true
}

# begin_by_hand JOB DISK NODE: a mirror of somebody else's, to nowhere
begin_by_hand() {
        qmp source "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"null-co\",\"node-name\":\"$3\",\"size\":16777216}}"
        qmp source "{\"execute\":\"blockdev-mirror\",\"arguments\":{\"job-id\":\"$1\",\"device\":\"$2\",\"target\":\"$3\",\"sync\":\"full\",\"auto-dismiss\":false}}"
        wait_for 10 job_is_ready "$1"
}

job_is_ready() {
        qmp source '{"execute":"query-jobs"}' | jq -e --arg id "$1" 'any(.id == $id and .status == "ready")'
}

@test "a job that an earlier mirror of the same name has left is not taken for ours, and Switch is not over it" {
        source_and_target
        begin_by_hand npivot-web-vda vda npivot-web-0
        JOB=$(begin 1 Id s web)
        until_state 20 ready
        tell Switch
        until_state 20 done
        wait_for 10 is_clean
        are_same
}

@test "a block job that somebody begins later does not end the mirror when mirrord is killed" {
        source_and_target
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda vda 16777216 49301 $KEY 127.0.0.1 0 |
                jq -er '.data[0]')
        until_state 20 ready
        qmp source "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"null-co\",\"node-name\":\"nowhere\",\"size\":16777216}}"
        qmp source '{"execute":"blockdev-backup","arguments":{"job-id":"backup","device":"vdb","target":"nowhere","sync":"full","speed":65536}}'
        in_box systemctl kill -s KILL mirrord
        wait_for 10 job State
        tell Switch
        until_state 20 done
        qmp source '{"execute":"job-cancel","arguments":{"id":"backup"}}'
        wait_for 10 is_clean
        in_box cmp $DIR/vda.source $DIR/vda.target
}

# A mirror that is ready, and a mirrord that finds its monitor taken.
ready_without_a_monitor() {
        source_and_target
        JOB=$(begin)
        until_state 20 ready
        in_box systemctl stop mirrord
        in_box systemd-run --quiet --unit qemu-client socat -u UNIX-CONNECT:$DIR/source.qmp STDOUT
        wait_for 10 client_is_greeted
        in_box systemctl start mirrord
}

@test "a mirror whose monitor somebody else has is ended in QEMU too, once it answers again" {
        ready_without_a_monitor
        until_state 70 cancelling
        [[ $(job Message) = "QEMU's monitor at $DIR/source.qmp does not answer: another client may have it. What is left"* ]]
        in_box systemctl stop qemu-client
        until_state 20 failed
        wait_for 10 is_clean
}

@test "a mirror that is aborted while somebody else has the monitor says what it waits for" {
        ready_without_a_monitor
        wait_for 10 job State
        tell Abort
        wait_for 70 job_says "does not answer: another client may have it"
        state_is cancelling
        in_box systemctl stop qemu-client
        until_state 20 failed
        wait_for 10 is_clean
}

@test "a QEMU that answers nothing makes no progress that is said, and the mirror goes on once it does" {
        source_and_target
        JOB=$(begin 1 Speed t 1000000)
        wait_for 20 has_rate
        in_box systemctl kill -s STOP qemu-source
        wait_for 60 says_of_it "QEMU at $DIR/source.qmp takes commands and answers none"
        run ! has_rate
        state_is copying
        in_box systemctl kill -s CONT qemu-source
        wait_for 10 says_of_it "QEMU answers again"
        wait_for 10 has_rate
        tell SetSpeed t 0
        until_state 20 ready
        tell Switch
        until_state 20 done
        are_same
}

has_rate() {
        (($(job Rate) > 0))
}

says_of_it() {
        in_box journalctl -b -o cat -u mirrord | grep -q "^Mirror .*: $1"
}

job_says() {
        [[ $(job Message) = *"$1"* ]]
}

client_is_greeted() {
        in_box journalctl -b -o cat "_SYSTEMD_INVOCATION_ID=$(in_box systemctl show -P InvocationID qemu-client)" | grep -q '"QMP"'
}

# Backup, which passes are made of, does not flush at its end, and blockdev-del does not say when it cannot.
@test "an incremental mirror has failed when its target cannot keep what it was sent" {
        source_and_target
        in_box sh -c "cat $DIR/vda.source >$DIR/vda.target; cat $DIR/vdb.source >$DIR/vdb.target"
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 5M 1M 0x5a
        in_box systemctl stop qemu-target 'mirror-relay@target-*'
        in_box sh -c "printf '[inject-error]\nevent = \"flush_to_disk\"\nerrno = \"5\"\n' >$DIR/no-flush"
        target_with "file.driver=blkdebug,file.config=$DIR/no-flush,file.image.driver=file,file.image.filename=$DIR/vda.target"
        JOB=$(begin 2 Sync s incremental Bitmap s since)
        until_state 20 ready
        tell Switch
        until_state 20 failed done
        [ "$(job Message)" = "vda: the target did not take its last writes (blockdev-reopen): Error flushing drive: Input/output error" ]
        wait_for 10 is_clean
}

# begin_slow OPTION-COUNT OPTION...: vda's mirror to a disk that needs three seconds for its caches
begin_slow() {
        in_box systemctl stop qemu-target 'mirror-relay@target-*'
        in_box rm -f $DIR/export.sock
        in_box systemd-run --quiet --unit qemu-nbdkit nbdkit -f -U $DIR/export.sock eval get_size='echo 16777216' can_write='exit 0' \
                can_flush='exit 0' flush='sleep 3' pread="dd if=$DIR/vda.target bs=1M iflag=skip_bytes,count_bytes skip=\$4 count=\$3" \
                pwrite="dd of=$DIR/vda.target bs=1M conv=notrunc oflag=seek_bytes seek=\$4"
        wait_for 10 in_box test -S $DIR/export.sock
        target_relay vda 49301
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda vda 16777216 49301 $KEY 127.0.0.1 "$@" |
                jq -er '.data[0]')
}

comes_to_its_end() {
        until_state 20 ready failed
        tell Switch
        until_state 20 done failed
        [ "$(job State): $(job Message)" = "done: " ]
        wait_for 10 is_clean
        in_box cmp $DIR/vda.source $DIR/vda.target
}

@test "a target that takes longer to flush than it may take to answer is waited for at the switch" {
        command -v nbdkit >/dev/null || skip "nbdkit is not installed"
        source_and_target
        in_box cp $DIR/vda.source $DIR/vda.target
        qmp source '{"execute":"block-dirty-bitmap-add","arguments":{"node":"vda","name":"since"}}'
        write_to source vda 5M 1M 0x5a
        begin_slow 3 Sync s incremental Bitmap s since StallMsec u 1000
        comes_to_its_end
}

# QEMU's mirror flushes its target before it is ready, and again at its end.
@test "a slow flush ended a mirror that had copied everything" {
        command -v nbdkit >/dev/null || skip "nbdkit is not installed"
        source_and_target
        begin_slow 1 StallMsec u 1000
        comes_to_its_end
        begin_afresh
        source_and_target
        begin_slow 2 StallMsec u 1000 CopyMode s write-blocking
        comes_to_its_end
}

# Between two passes there is no job of ours that QEMU would refuse a snapshot for.
@test "an incremental mirror whose disk somebody has made a snapshot of has failed, and is not done without what came later" {
        source_and_target
        in_box sh -c "cat $DIR/vda.source >$DIR/vda.target; cat $DIR/vdb.source >$DIR/vdb.target"
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        JOB=$(begin 2 Sync s incremental Bitmap s since)
        until_state 20 ready
        in_box qemu-img create -q -f qcow2 $DIR/vdb.overlay 16M
        qmp source "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"qcow2\",\"node-name\":\"overlay\",\"backing\":null,\"file\":{\"driver\":\"file\",\"filename\":\"$DIR/vdb.overlay\"}}}"
        qmp source '{"execute":"blockdev-snapshot","arguments":{"node":"vdb","overlay":"overlay"}}'
        until_state 20 failed
        [ "$(job Message)" = "vdb: the guest does not write to its node vdb any more: somebody has made a snapshot above it." ]
        wait_for 10 is_clean
}

@test "QEMU stood still when the next disk was added to an incremental mirror with a limit" {
        source_and_target
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 0 16M 0x5a
        in_box systemctl stop mirror-relay@target-vdb
        JOB=$(begin 4 Sync s incremental Bitmap s since Speed t 500000 Retries u 100)
        wait_for 20 disk_is vda copying
        wait_for 20 relay_has_carried vda 65536
        target_relay vdb 49302
        # All of vda takes half a minute.
        wait_for 20 disk_is vdb ready
        disk_is vda copying
        tell Abort
        until_state 20 cancelled
        wait_for 10 is_clean
}

disk_is() {
        job_disks | jq -e --arg disk "$1" --arg state "$2" 'any(.[0] == $disk and .[2] == $state)' >/dev/null
}

@test "an incremental mirror in the middle of a pass was new again once mirrord was killed" {
        source_and_target
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"since\"}}"
        done
        write_to source vda 0 16M 0x5a
        JOB=$(begin 3 Sync s incremental Bitmap s since Speed t 500000)
        until_state 20 copying
        in_box systemctl kill -s KILL mirrord
        until_state 20 copying
        wait_for 10 has_rate
        tell Pause
        tell Abort
        until_state 20 cancelled
        wait_for 10 is_clean
}

@test "a bitmap that has the name of one of ours is refused, and stays as it is" {
        source_and_target
        for disk in vda vdb; do
                qmp source "{\"execute\":\"block-dirty-bitmap-add\",\"arguments\":{\"node\":\"$disk\",\"name\":\"npivot-web\"}}"
        done
        run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vda vda 16777216 49301 $KEY 127.0.0.1 \
                3 Id s web Sync s incremental Bitmap s npivot-web
        [[ $output = *"The bitmap “npivot-web” is one of mirrord's own"* ]]
        qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}' |
                jq -e '[.[]."dirty-bitmaps"[]?.name] == ["npivot-web", "npivot-web"]'
}

@test "a mirror that is done says so of its disks after mirrord was killed, and that nothing is to come" {
        source_and_target
        JOB=$(begin)
        until_state 20 ready
        [ "$(job Eta)" = 0 ]
        tell Switch
        until_state 20 done
        in_box systemctl kill -s KILL mirrord
        wait_for 10 job State
        job_disks | jq -e '. == [["vda", "vda", "done", 16777216, 16777216, ""], ["vdb", "vdb", "done", 16777216, 16777216, ""]]'
        [ "$(job Rate) $(job DirtyRate) $(job Eta)" = "0 0 18446744073709551615" ]
}
