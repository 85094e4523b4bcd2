#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mirror-storage by itself: killed at any moment, and on real block devices, for which root and loop
# devices are needed. The rest is in tests/box/61-mirror-target.bats.

# Our messages have typographic quotes.
# shellcheck disable=SC1111
bats_require_minimum_version 1.5.0
load lib

STORAGE=$BUILD_DIR/mirrord/mirror-storage
SIZE=16777216

setup() {
        mirror_setup
}

loop_setup() {
        [ "$(id -u)" = 0 ] || skip "only root has loop devices"
        truncate -s $SIZE "$DIR/backing"
        LOOP=$(losetup --find --show "$DIR/backing" 2>/dev/null) || skip "there are no loop devices here"
}

teardown() {
        if mountpoint -q "${DIR:-/nowhere}/mnt"; then umount "$DIR/mnt"; fi
        [ -z "${LOOP:-}" ] || losetup -d "$LOOP"
        mirror_teardown
}

# check SIZE FORMAT FLAGS [IDENTITY]: the answer
check() {
        printf 'check\t20000\t0123456789abcdef\t%s\t%s\t%s\toff\t%s\t-\t-\t%s\t%s' \
                "$([ $# -eq 4 ] && echo device || echo -)" "$1" "$2" "$3" "${4:--}" "$LOOP" | "$STORAGE"
}

# can_be_used ANSWER: sets IDENTITY, how it is known again
can_be_used() {
        [[ $1 =~ ^done.device.1.-.-.0.(boot\.[0-9a-f]{16})$ ]] || { echo "$1"; return 1; }
        IDENTITY=${BASH_REMATCH[1]}
}

@test "an empty device of the right size can be used, and one of another size cannot" {
        loop_setup
        can_be_used "$(check $SIZE raw -)"
        [ "$(check $((SIZE + 512)) raw w)" = $'error\trefused\t'"$LOOP has $SIZE bytes and the disk has $((SIZE + 512)): they must be the same." ]
        [ "$(check $SIZE qcow2 w)" = $'error\trefused\t'"$LOOP is a block device: its format is raw." ]
}

@test "a file system on it is refused unless it may be written over" {
        loop_setup
        mkfs.ext4 -q "$LOOP"
        [ "$(check $SIZE raw -)" = $'error\trefused\t'"$LOOP begins like ext4: take another device, “wipefs” it, or say Overwrite." ]
        can_be_used "$(check $SIZE raw w)"
}

@test "a path that leads to another device of the same size by now is refused" {
        local before

        loop_setup
        can_be_used "$(check $SIZE raw -)"
        before=$IDENTITY
        mkfs.ext4 -q "$LOOP"
        can_be_used "$(check $SIZE raw w "$before")"
        [ "$IDENTITY" = "$before" ]

        losetup -d "$LOOP"
        truncate -s $SIZE "$DIR/other"
        losetup "$LOOP" "$DIR/other"
        [ "$(check $SIZE raw w "$before")" = $'error\trefused\t'"$LOOP may be another disk than was prepared: it has no name of its own by which it is known after a boot. Abort the target and prepare it again." ]
        [ "$(check $SIZE raw w wwid.0123456789abcdef)" = $'error\trefused\t'"$LOOP is not the disk that was prepared: something else has its path by now. Abort the target and prepare it again." ]
}

@test "what is mounted or open is in use, by name, and may not be written over" {
        loop_setup
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
        loop_setup
        blockdev --setro "$LOOP"
        [ "$(check $SIZE raw w)" = $'error\trefused\t'"$LOOP can only be read." ]
        blockdev --setrw "$LOOP"
}

# Before it has its name it is found by its token, and made anew or removed by that.
@test "killed at any system call, an image is made when asked again, and removed without a trace" {
        local format

        command -v strace >/dev/null || skip "strace is not installed"
        mkdir "$DIR/place"
        mkfifo "$DIR/fifo"
        cat >"$DIR/ask" <<EOF
#!/bin/bash
# ask VERB IDENTITY FORMAT: the answer
# A writer stays, as the one does who waits for the answer.
exec 3<>"$DIR/fifo"
printf '%s\t20000\t0123456789abcdef\tfile\t1048576\t%s\tfalloc\t-\t-\t-\t%s\t$DIR/place/vda' "\$1" "\$3" "\$2" >&3
exec "$STORAGE" <&3
EOF
        cat >"$DIR/check" <<EOF
set -e
format=\$1
cd "$DIR/place"
test ! -e vda
[ \$(ls -A | wc -l) -le 1 ]
[[ \$($DIR/ask create - \$format) =~ ^done.(.*) ]]
identity=\${BASH_REMATCH[1]}
if [ \$((RANDOM % 2)) = 1 ]; then
        [[ \$($DIR/ask place \$identity \$format) = done* ]]
        [ "\$(ls -A)" = vda ]
fi
[[ \$($DIR/ask remove \$identity \$format) = done?removed ]]
[ -z "\$(ls -A)" ]
EOF
        chmod +x "$DIR/ask"
        for format in raw qcow2; do
                run -0 "$SOURCE_DIR/tests/box/kill-sweep" --max "${SWEEP_MAX:-40}" --reset "rm -rf $DIR/place; mkdir $DIR/place" \
                        --check "bash '$DIR/check' $format" -- "$DIR/ask" create - $format
                echo "$output"
        done
}

@test "an image gets its name only where nobody has taken it, and what is not ours is not removed" {
        local identity

        # A writer stays, as the one does who waits for the answer.
        mkfifo "$DIR/fifo"
        exec 7<>"$DIR/fifo"
        ask() {
                printf '%s\t20000\t0123456789abcdef\tfile\t1048576\traw\toff\t-\t-\t-\t%s\t%s' "$1" "$2" "$DIR/vda" >&7
                "$STORAGE" <&7
        }
        [[ $(ask create -) =~ ^done.(.*) ]]
        identity=${BASH_REMATCH[1]}
        echo mine >"$DIR/vda"
        [ "$(ask place "$identity")" = $'error\trefused\t'"$DIR/vda came into being meanwhile, and not by us: remove it or take another path." ]
        [ "$(ask remove "$identity")" = $'done\tremoved' ]
        [ "$(ask remove "$identity")" = $'done\tother' ]
        [ "$(cat "$DIR/vda")" = mine ]
        [ "$(ask place "$identity")" = $'error\trefused\t'"$DIR/vda is not the disk that was prepared: something else has its path by now. Abort the target and prepare it again." ]
        rm "$DIR/vda"
        [ "$(ask remove "$identity")" = $'done\tgone' ]
        [ "$(ask place "$identity")" = $'error\trefused\t'"What was made for $DIR/vda has gone: somebody removed it. Abort the target and prepare it again." ]
        exec 7<&-
}
