#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot lun watch: what it prints, and what it makes good after a gap.

bats_require_minimum_version 1.5.0

load npivot.bash

# watch [--json]: begins, and waits until it listens.
watch() {
        "$BUILD_DIR/cli/npivot" lun watch "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
        WATCH_PID=$!
        wait_for grep -q ListDebt "$FAKE_LOG"
}

stop_watch() {
        kill "$WATCH_PID"
        wait "$WATCH_PID" || true
}

# printed N: whether so many changes have been.
printed() {
        [ "$(wc -l <"$BATS_TEST_TMPDIR/out")" -ge "$1" ]
}

@test "lun watch prints a line a change with its cause: paths, maps, debt" {
        watch
        kill -USR1 "$FAKE_PID"
        wait_for printed 5
        stop_watch
        output=$(<"$BATS_TEST_TMPDIR/out")
        golden lun-watch
        [ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "lun watch prints an object a line, in order" {
        watch --json
        kill -USR1 "$FAKE_PID"
        wait_for printed 5
        stop_watch
        [ "$(jq -r '"\(.generation) \(.change) \(.cause) \(.path.device // .map.name // .debt.kind)"' \
                "$BATS_TEST_TMPDIR/out")" = \
                $'42 removed port-lost /dev/sdb\n42 changed port-state /dev/sdc\n8 changed path-failed mpatha\nnull added debt missing\nnull added debt one-hba' ]
}

@test "signals that were lost are made good from the list, and nothing is told twice" {
        watch
        kill -USR1 "$FAKE_PID"
        wait_for printed 5
        kill -USR2 "$FAKE_PID"
        wait_for printed 7
        kill -USR1 "$FAKE_PID"
        wait_for printed 9
        stop_watch
        grep -qx 'npivot: Changes 43 to 44 are lost; here is what is different.' "$BATS_TEST_TMPDIR/err"
        [ "$(sed -n '6,$p' "$BATS_TEST_TMPDIR/out" | awk '$1 != "map" { print $1, $2, $7 }' | head -4)" = \
                'added resync /dev/sdb
changed resync /dev/sdd
removed port-lost /dev/sdb
changed port-state /dev/sdc' ]
}

@test "what changed while lunwatch was away is printed when it is back" {
        watch --json
        kill -USR1 "$FAKE_PID"
        wait_for printed 5
        stop_fake
        wait_for grep -q 'lunwatch has gone' "$BATS_TEST_TMPDIR/err"
        : >"$FAKE_LOG"
        start_fake trouble vhbad lunwatch
        wait_for grep -q 'lunwatch is back' "$BATS_TEST_TMPDIR/err"
        wait_for printed 9
        kill -USR1 "$FAKE_PID"
        wait_for printed 12
        stop_watch
        [ "$(sed -n '6,9p' "$BATS_TEST_TMPDIR/out" |
                jq -r '"\(.change) \(.cause) \(.path.device // .map.name // .debt.kind)"')" = \
                'added resync /dev/sdb
changed resync /dev/sdc
added resync /dev/sde
removed debt one-hba' ]
        [ "$(sed -n '10p' "$BATS_TEST_TMPDIR/out" | jq -r '"\(.change) \(.cause) \(.path.device)"')" = \
                'removed port-lost /dev/sdb' ]
}
