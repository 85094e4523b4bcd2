#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunwatch is killed every 2 seconds for 2 minutes (./lab test: 1 minute), under a storm at 10,000 paths: a subscriber has
# the truth again every time, and memory stays what it was.

load lib

setup() {
        host_start
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$HOST/lunwatch.log"
        host_stop
}

# Some time within a second, never the same.
a_while_later() {
        read -r -t "0.$((RANDOM % 900 + 100))" <> <(:) || true
}

one_life() {
        storm_begin 500
        a_while_later
        lunwatch_end KILL
        lunwatch_start
        storm_end
        until_true 20 compare_all || { show_difference; return 1; }
        until_true 10 follower_agrees || { show_difference followed.sorted; return 1; }
}

@test "killed every 2 s under a storm, for minutes: a subscriber converges every time, memory is flat" {
        local begin=$SECONDS lives=0 first=0 last follower_first follower_last

        tree_make 20 4 125
        lunwatch_start
        # What changes without an event is another matter: it takes a round of the sweep.
        storm_start 400 3 loud
        follower_start

        while ((SECONDS - begin < ${KILL_SECONDS:-120})); do
                one_life
                lives=$((lives + 1))
                last=$(lunwatch_kb)
                follower_last=$(awk '/^VmRSS/ { print $2 }' "/proc/$FOLLOWER_PID/status")
                # The storm has brought the tree to about the number it stays at.
                ((lives != 5)) || first=$last follower_first=$follower_last
        done

        echo "# $lives lives; lunwatch $first kB, then $last kB" >&3
        echo "follower: $follower_first kB, then $follower_last kB"
        ((lives >= ${KILL_SECONDS:-120} / 5))
        ((last * 100 <= first * 105))
}
