#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Served targets whose files, or what has their paths, are others than when they were prepared: the storage
# daemon is root's and writes to nothing but what was prepared.

# Constants of mirror.bash and target.bash, without blanks: $NAME, $ROOT, $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC2046,SC1010,SC1111
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
        [ -n "${BATS_TEST_COMPLETED:-}" ] || targets_report >&2 || true
        targets_stop
}

# serve_fails WORDS: and the target is prepared again, with nothing running
serve_fails() {
        tell_target Serve
        wait_for 20 says "$1"
        until_target 20 prepared
        wait_for 10 no_part_is_left
}

@test "the owner of a qcow2 file has its header lead to another's file: root's daemon serves neither" {
        in_box sh -c "head -c $SIZE /dev/urandom >$DIR/victim; cp $DIR/victim $DIR/before; chmod 711 $DIR; chmod 755 $PLACE"
        prepare web 1 vda $SIZE $PLACE/vda 2 Format s qcow2 Owner s nobody 127.0.0.1 0
        until_target 20 prepared
        in_box qemu-img create -q -f qcow2 -o data_file=$DIR/other,data_file_raw=on $DIR/new $SIZE
        in_box qemu-img amend -f qcow2 -o data_file=$DIR/victim $DIR/new
        as_owner "cat $DIR/new >$PLACE/vda"
        serve_fails "vda: $PLACE/vda leads to another file, $DIR/victim: it is not as it was prepared. Abort"

        in_box qemu-img create -q -f qcow2 -F raw -b $DIR/victim $DIR/top
        as_owner "cat $DIR/top >$PLACE/vda"
        serve_fails "vda: $PLACE/vda leads to another file, $DIR/victim: it is not as it was prepared. Abort"
        in_box cmp $DIR/victim $DIR/before
}

# as_owner COMMAND: of the files of Owner=nobody
as_owner() {
        in_box chmod 644 $DIR/new $DIR/top 2>/dev/null || true
        in_box setpriv --reuid nobody --regid nogroup --clear-groups sh -c "$1"
}

@test "a file that was replaced after it was prepared is not written to, whether made or found" {
        local disk

        in_box truncate -s $SIZE $PLACE/vdb
        prepare web 2 vda $SIZE $PLACE/vda 0 vdb $SIZE $PLACE/vdb 1 Overwrite b true 127.0.0.1 0
        until_target 20 prepared
        for disk in vda vdb; do
                in_box sh -c "mv $PLACE/$disk $PLACE/$disk.away; truncate -s $SIZE $PLACE/$disk"
                serve_fails "$disk: $PLACE/$disk is not the disk that was prepared: something else has its path by now. Abort"
                in_box rm $PLACE/$disk
                serve_fails "has gone"
                in_box ln -s $PLACE/$disk.away $PLACE/$disk
                serve_fails "$disk: $PLACE/$disk is"
                in_box mv $PLACE/$disk.away $PLACE/$disk
        done
        tell_target Serve
        until_target 20 listening
        # As a boot leaves it: it would be served again by itself.
        in_box sh -c "systemctl stop mirrord mirror-target@web; mv $PLACE/vdb $PLACE/vdb.away; truncate -s $SIZE $PLACE/vdb; systemctl start mirrord"
        wait_for 20 says "vdb: $PLACE/vdb is not the disk that was prepared"
        in_box mv $PLACE/vdb.away $PLACE/vdb
        until_target 20 prepared
        tell_target Abort
        until_target 20 removed
        in_box test -e $PLACE/vdb
        run ! in_box test -e $PLACE/vda
}

@test "a disk is served again after its daemon was killed, although there is something on it by now" {
        two_disks
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        source_disks
        fill
        in_box systemctl kill -s KILL mirror-target@web
        until_target 60 prepared
        tell_target Serve
        until_target 20 listening
        tell_target Commit
        until_target 20 kept
        targets_are_same
}
