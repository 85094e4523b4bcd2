#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot lun: what it shows, looks up and follows.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002

@test "lun list shows every page" {
        run npivot lun list
        [ "$status" = 0 ]
        golden lun-list
}

@test "lun list passes its filters on" {
        run npivot lun list --no-legend --target 50:0a:09:80:12:34:56:79
        [ "${#lines[@]}" = 1 ]
        run npivot lun list --no-legend --initiator 21000024FF1A2B3C
        [ "${#lines[@]}" = 1 ]
        run npivot lun list --no-legend --vhba
        [ "${#lines[@]}" = 3 ]
        run npivot lun list --no-legend --vhba --wwid naa.60014050000000100000004000800000
        [ "${#lines[@]}" = 2 ]
}

@test "lun show tells what a device is behind" {
        run npivot lun show /dev/sdb
        [ "$status" = 0 ]
        golden lun-show
}

@test "lun lookup prints the link and nothing else" {
        run npivot lun lookup $UP 0
        [ "$status" = 0 ]
        [ "$output" = /dev/disk/by-vhba/2101001b32a90002-500a098012345678-lun-0 ]
        asked "Lookup $UP wwnn= lun=0"
        run npivot lun lookup $UP 0 --wwnn 20:01:00:1b:32:a9:da:4e
        [ "$status" = 0 ]
        asked "Lookup $UP wwnn=2001001b32a9da4e lun=0"
}

@test "lun lookup that is ambiguous fails with nothing on stdout" {
        run --separate-stderr npivot lun lookup $UP
        [ "$status" = 1 ]
        [ -z "$output" ]
        [[ $stderr = *"There are several: 0, 3."*"next: "* ]]
}

@test "lun watch prints changes at once, and says what it missed" {
        "$BUILD_DIR/cli/npivot" lun watch --json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        pid=$!
        wait_for grep -q Generation "$FAKE_LOG"

        kill -USR1 "$FAKE_PID"
        wait_for grep -q '"added"' "$BATS_TEST_TMPDIR/out"
        [ "$(jq -rs '.[] | "\(.generation) \(.change) \(.path.device)"' "$BATS_TEST_TMPDIR/out")" = \
                $'42 removed /dev/sdb\n42 added /dev/sdc' ]

        kill -USR2 "$FAKE_PID"
        wait_for grep -q 'Changes 43 to 44 are lost' "$BATS_TEST_TMPDIR/err"

        stop_fake
        wait_for grep -q 'lunwatch has gone' "$BATS_TEST_TMPDIR/err"
        start_fake vhbad lunwatch
        wait_for grep -q 'lunwatch is back' "$BATS_TEST_TMPDIR/err"
        kill -USR1 "$FAKE_PID"
        restarted() { [ "$(grep -c '"generation":42,"change":"removed"' "$BATS_TEST_TMPDIR/out")" = 2 ]; }
        wait_for restarted

        kill $pid
}

@test "lun watch prints a line a change for people" {
        "$BUILD_DIR/cli/npivot" lun watch >"$BATS_TEST_TMPDIR/out" 3>&- &
        pid=$!
        wait_for grep -q Generation "$FAKE_LOG"
        kill -USR1 "$FAKE_PID"
        wait_for grep -q added "$BATS_TEST_TMPDIR/out"
        kill $pid
        output=$(<"$BATS_TEST_TMPDIR/out")
        golden lun-watch
}
