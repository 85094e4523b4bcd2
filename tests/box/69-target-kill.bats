#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Targets whose daemon, or whose maker of disks, is killed: they come to their end, and nothing else is left.

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

@test "a kill -9 of mirrord at each step: the target goes on, and comes to its end" {
        local i

        kill_mirrord() {
                in_box systemctl kill -s KILL mirrord
        }
        for i in 1 2 3; do
                two_disks "t$i"
                kill_mirrord
                until_target 20 prepared
                waiting "web$i"
                tell_target Export 'sa(ss)' $DIR/web$i.qmp 2 vda vda vdb vdb
                kill_mirrord
                until_target 20 listening
                before=$(connections)
                kill_mirrord
                until_target 20 listening
                [ "$(connections)" = "$before" ]
                if [ "$i" = 2 ]; then
                        source_disks
                        fill
                        tell_target Commit
                        kill_mirrord
                        until_target 20 kept
                        in_box systemctl stop "qemu-web$i"
                        targets_are_same
                        in_box rm $PLACE/vda.raw $PLACE/vdb.qcow2
                else
                        tell_target Abort
                        kill_mirrord
                        until_target 20 removed
                        [ "$(exports_of "web$i")" = "[]" ]
                fi
                wait_for 10 nothing_is_left
        done
        [ -z "$(collect true)" ]
}

@test "a kill -9 of mirror-storage in the middle: it is done again; again and again: failed, and nothing is left" {
        in_box mount -t tmpfs -o size=2G t $PLACE
        prepare web 1 vda $((512 * 1048576)) $PLACE/vda 1 Preallocation s full 127.0.0.1 0
        wait_for 20 in_box sh -c "ls -A $PLACE | grep -q npivot"
        in_box systemctl kill -s KILL 'mirror-storage@*'
        until_target 30 prepared
        [ "$(in_box ls -A $PLACE)" = vda ]
        tell_target Abort
        until_target 20 removed
        nothing_is_left
        tell_target Forget

        in_box sh -c "mkdir -p /run/systemd/system/mirror-storage@.service.d && cd /run/systemd/system/mirror-storage@.service.d &&
                printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >no.conf && systemctl daemon-reload"
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        until_target 30 failed
        [[ $(target Message) = "vda: mirror-storage went without a word: “journalctl -u 'mirror-storage@*'” says why." ]]
        in_box sh -c "rm -r /run/systemd/system/mirror-storage@.service.d; systemctl daemon-reload"
        tell_target Forget

        # And of an abort, for which nothing is waited.
        prepare web 1 vda $((1024 * 1048576)) $PLACE/vda 1 Preallocation s full 127.0.0.1 0
        wait_for 20 in_box sh -c "ls -A $PLACE | grep -q npivot"
        tell_target Abort
        until_target 20 removed
        nothing_is_left
}

# From Prepare to the end of two targets, asked for by somebody who does not give up.
@test "killed at any system call: targets come to their end, and nothing else is left" {
        local round="$BATS_TEST_DIRNAME/target-round"

        into_box "$BATS_TEST_DIRNAME/target-until-done" "$box_helpers/box-get"
        run "$BATS_TEST_DIRNAME/kill-sweep" --box "$BOX_NAME" --unit mirrord.service --max "${SWEEP_MAX:-6}" --timeout 60 \
                --reset "'$round' reset" --check "'$round' check" -- /run/target-until-done
        echo "$output"
        [ "$status" = 0 ]
}
