#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The disks that mirrors fill, on a real systemd and bus: made, exported by real QEMU block layers,
# filled by a mirror of this host, kept or removed; and what is left when something goes wrong.

# Constants of mirror.bash and target.bash, without blanks: $NAME, $ROOT, $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC2046,SC1010
bats_require_minimum_version 1.5.0
load lib
load mirror
load target

setup_file() {
        command -v qemu-storage-daemon >/dev/null || return 0
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_targets
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 60 -u mirrord -u 'mirror-*' >&2 || true
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'mirror-verify@*' 'mirror-target@*' 'qemu-*'; umount $PLACE; systemctl reset-failed" 2>/dev/null || true
}

# waiting NAME [START]: what stands for a QEMU that waits with the disks of two_disks
waiting() {
        "${2:-qemu}" "$1" --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw" \
                --blockdev "driver=qcow2,node-name=vdb,file.driver=file,file.filename=$PLACE/vdb.qcow2"
}

source_disks() {
        local disk

        for disk in vda vdb; do
                in_box sh -c "head -c $SIZE /dev/urandom >$DIR/$disk.source"
        done
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
}

job_is() {
        [ "$(bus get-property $NAME "$JOB" $NAME.Job State | jq -r .data)" = "$1" ]
}

# fill: a mirror of the source's disks to the target, from Start to done
fill() {
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 0 | jq -r '.data[0]')
        wait_for 30 job_is ready
        bus call $NAME "$JOB" $NAME.Job Switch
        wait_for 20 job_is "done"
}

targets_are_same() {
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f raw -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

exports_of() {
        qmp "$1" '{"execute":"query-block-exports"}'
}

@test "disks are made, exported, filled by a mirror, and kept whole; nothing else is left" {
        two_disks
        wait_for 20 target_is prepared
        [ "$(bus get-property $NAME $TARGET $NAME.Target Disks | jq -c .data)" = \
                "[[\"vda\",\"$PLACE/vda.raw\",\"raw\",$SIZE,true,\"\"],[\"vdb\",\"$PLACE/vdb.qcow2\",\"qcow2\",$SIZE,true,\"\"]]" ]
        [ "$(in_box stat -c '%a %U %s' $PLACE/vda.raw)" = "600 root $SIZE" ]
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        source_disks
        fill
        tell_target Commit
        wait_for 20 target_is kept
        [ "$(exports_of web)" = "[]" ]
        run ! qmp web '{"execute":"nbd-server-stop"}'
        wait_for 10 no_part_is_left
        in_box systemctl stop qemu-web
        targets_are_same
        [ -z "$(collect false)" ]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
}
