#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What takes lunwatch a while: npivot lun wait, rescan, remove, inspect.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002

# ends_with STATUS PID: waits for it, and compares how it ended.
ends_with() {
        local status=0

        wait "$2" || status=$?
        [ $status = "$1" ] || { echo "ended with $status"; cat "$BATS_TEST_TMPDIR/err"; return 1; }
}

@test "lun wait passes on what is waited for, and prints the paths" {
        run --separate-stderr npivot lun wait $UP 0 --target 50:0a:09:80:12:34:56:78 --paths 2 --map --timeout 5
        [ "$status" = 0 ]
        [ "${#lines[@]}" = 2 ]
        [[ ${lines[0]} = "/dev/sdb $UP 500a098012345678 lun 0 naa.60014050000000100000004000800000 20 GiB running" ]]
        asked "wait Initiator=$UP Target=500a098012345678 Lun=0 Paths=2 Map=1 for 5 s"
        run npivot lun wait --wwid 60014050000000100000004000800000 --gone
        [ "$status" = 0 ]
        asked 'wait Wwid=60014050000000100000004000800000 Gone=1 for 60 s'
        run --separate-stderr npivot lun wait $UP wwid:6001 --json
        [ "$(jq '.paths | length' <<<"$output")" = 2 ]
        asked "wait Initiator=$UP Wwid=wwid:6001 for 60 s"
}

@test "lun wait that makes no sense is refused before anybody is asked" {
        for words in '' "$UP zero" '--paths 2' "$UP --paths 0" "$UP --paths many" "$UP --timeout 0" \
                "$UP --timeout 2h" "$UP --gone --map" "$UP wwid:1 --wwid 2"; do
                echo "npivot lun wait $words"
                # shellcheck disable=SC2086
                run npivot lun wait $words
                [ "$status" = 2 ]
        done
        never_asked wait
}

@test "lun wait tells each step, and fails with the cause when its time is up" {
        run npivot lun wait $UP 7 --timeout 1
        [ "$status" = 1 ]
        [ "$output" = "npivot: LUN 7 behind $UP: looking for it
npivot: LUN 7 behind $UP: 1 of 2 paths
npivot: Cannot wait for LUN 7 behind $UP (timeout): LUN 7 did not come in time.
npivot: next: npivot doctor shows what is missing; npivot lun rescan INITIATOR looks for it." ]
}

@test "on a terminal, the step is one line that is written over" {
        output=$(on_terminal "$BUILD_DIR/cli/npivot" lun wait $UP 7 --timeout 1)
        [[ $output = *$'\033[K\033[?7l'"LUN 7 behind $UP: 1 of 2 paths"* ]]
}

@test "Ctrl-C cancels the job" {
        "$BUILD_DIR/cli/npivot" lun wait $UP 7 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        pid=$!
        wait_for grep -q '1 of 2 paths' "$BATS_TEST_TMPDIR/err"
        kill -INT $pid
        ends_with 1 $pid
        asked Cancel
        grep -qx "npivot: Cancelled: wait for LUN 7 behind $UP." "$BATS_TEST_TMPDIR/err"
}

@test "lun wait asks again, with the time that is left, when lunwatch has restarted" {
        "$BUILD_DIR/cli/npivot" lun wait $UP 7 --timeout 30 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        pid=$!
        wait_for grep -q '1 of 2 paths' "$BATS_TEST_TMPDIR/err"
        stop_fake
        wait_for grep -q 'waiting until lunwatch is back' "$BATS_TEST_TMPDIR/err"
        start_fake vhbad lunwatch
        again() { grep -qE "^wait Initiator=$UP Lun=7 for (30|2[0-9]) s" "$FAKE_LOG"; }
        wait_for again
        kill -TERM $pid
        wait_for grep -q Cancelled "$BATS_TEST_TMPDIR/err"
}

@test "lun rescan looks for a LUN, and says what comes next when there is none" {
        run --separate-stderr npivot lun rescan $UP
        [ "$status" = 0 ]
        asked "rescan Initiator=$UP for 30 s"
        run --separate-stderr npivot lun rescan $UP 8
        [ "$status" = 1 ]
        [[ $stderr = *"Cannot rescan LUN 8 behind $UP (nothing-found): No LUN 8 was found."*"next: npivot vhba worksheet"* ]]
        run npivot lun rescan
        [ "$status" = 2 ]
}

@test "lun remove says what is removed, or who is in the way" {
        run --separate-stderr npivot lun remove mpatha
        [ "$status" = 0 ]
        [ "$output" = $'mpatha is removed.\nsdb is removed.' ]
        asked 'remove mpatha Force=0'
        run --separate-stderr npivot lun remove mpatha --force --json
        [ "$(jq -c .removed <<<"$output")" = '["mpatha","sdb"]' ]
        asked 'remove mpatha Force=1'
        run --separate-stderr npivot lun remove /dev/sdd
        [ "$status" = 1 ]
        [[ $stderr = *"Cannot remove /dev/sdd (busy): /dev/sdd1 is swap."*"next: end what uses it"* ]]
        run npivot lun remove /dev/sdz
        [ "$status" = 1 ]
        [[ $output = *"Cannot remove /dev/sdz: /dev/sdz is no LUN."* ]]
}

@test "a removal that lunwatch did not survive is not begun again" {
        "$BUILD_DIR/cli/npivot" lun remove /dev/sdx 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        pid=$!
        wait_for grep -q 'looking for it' "$BATS_TEST_TMPDIR/err"
        stop_fake
        ends_with 1 $pid
        grep -q 'Cannot tell how to remove /dev/sdx ends: lunwatch has gone' "$BATS_TEST_TMPDIR/err"
}

@test "lun inspect names the signature, and who has it open" {
        run --separate-stderr npivot lun inspect /dev/sdb
        [ "$status" = 0 ]
        grep -q '^domain  *web1  */dev/dm-3  *qemu, pid 4242$' <<<"$output"
        run --separate-stderr npivot lun inspect /dev/sdb --json
        [ "$(jq -r '.uses[].kind' <<<"$output" | sort | tr '\n' ' ')" = 'domain lvm signature ' ]
}
