#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirror-storage on real block devices: what is refused, and by which words. Root and loop devices
# are needed for it; files, and LVM by what it is asked, are in tests/box/61-mirror-target.bats.

# Our messages have typographic quotes.
# shellcheck disable=SC1111
bats_require_minimum_version 1.5.0
load lib

STORAGE=$BUILD_DIR/mirrord/mirror-storage
SIZE=16777216

setup() {
        [ "$(id -u)" = 0 ] || skip "only root has loop devices"
        mirror_setup
        truncate -s $SIZE "$DIR/backing"
        LOOP=$(losetup --find --show "$DIR/backing" 2>/dev/null) || skip "there are no loop devices here"
}

teardown() {
        if mountpoint -q "${DIR:-/nowhere}/mnt"; then umount "$DIR/mnt"; fi
        [ -z "${LOOP:-}" ] || losetup -d "$LOOP"
        mirror_teardown
}

# check SIZE FORMAT FLAGS: the answer
check() {
        printf 'check\t20000\t0123456789abcdef\t-\t%s\t%s\toff\t%s\t-\t-\t-\t%s' "$1" "$2" "$3" "$LOOP" | "$STORAGE"
}

@test "an empty device of the right size can be used, and one of another size cannot" {
        [ "$(check $SIZE raw -)" = $'done\tdevice\t1\t-\t-\t0' ]
        [ "$(check $((SIZE + 512)) raw w)" = $'error\trefused\t'"$LOOP has $SIZE bytes and the disk has $((SIZE + 512)): they must be the same." ]
        [ "$(check $SIZE qcow2 w)" = $'error\trefused\t'"$LOOP is a block device: its format is raw." ]
}

@test "a file system on it is refused unless it may be written over" {
        mkfs.ext4 -q "$LOOP"
        [ "$(check $SIZE raw -)" = $'error\trefused\t'"$LOOP begins like ext4: take another device, “wipefs” it, or say Overwrite." ]
        [ "$(check $SIZE raw w)" = $'done\tdevice\t1\t-\t-\t0' ]
}

@test "what is mounted or open is in use, by name, and may not be written over" {
        mkfs.ext4 -q "$LOOP"
        mkdir "$DIR/mnt"
        mount "$LOOP" "$DIR/mnt"
        run -0 check $SIZE raw w
        [[ $output = $'error\tin-use\t'"$LOOP is in use: "*"mounted on $DIR/mnt. Overwrite does not change that." ]]
        umount "$DIR/mnt"

        exec 7<"$LOOP"
        run -0 check $SIZE raw w
        exec 7<&-
        [[ $output = $'error\tin-use\t'"$LOOP is in use: "*"PID "*" open. Overwrite does not change that." ]]
}

@test "a device that can only be read is refused" {
        blockdev --setro "$LOOP"
        [ "$(check $SIZE raw w)" = $'error\trefused\t'"$LOOP can only be read." ]
        blockdev --setrw "$LOOP"
}
