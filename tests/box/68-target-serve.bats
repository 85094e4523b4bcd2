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
