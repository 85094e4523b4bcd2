#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Ten and twenty thousand paths: what lunwatch answers is what a walk through sysfs finds, for every
# path, after a start and after a storm.

load lib

setup() {
        host_start
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$HOST/lunwatch.log"
        host_stop
}

# Every path, by every name, and every LUN.
all_answers_are_right() {
        until_true 30 compare_all || { show_difference; return 1; }
        "$TOOLS/lun-ask" each <"$HOST/walk"
}

@test "10,000 paths: every answer is what sysfs has" {
        tree_make 20 4 125
        lunwatch_start
        run all_answers_are_right
        echo "$output"
        [ "$output" = "10000 paths and 2500 LUNs asked for, 0 wrong" ]
}

@test "10,000 paths: every answer and a subscriber are right after 50,000 changes" {
        tree_make 20 4 125
        lunwatch_start
        follower_start
        storm_start 0 1
        storm 50000

        run all_answers_are_right
        echo "$output"
        [ "$status" = 0 ]
        # By signals alone.
        until_true 10 follower_agrees || { show_difference followed.sorted; false; }
        tail -n 1 "$HOST/follow.log"
        [ "$(tail -n 1 "$HOST/follow.log")" = "1 lists, 0 gaps" ]
}

@test "20,000 paths: every answer is right, before and after 50,000 changes" {
        tree_make 20 4 250
        lunwatch_start
        run all_answers_are_right
        echo "$output"
        [ "$output" = "20000 paths and 5000 LUNs asked for, 0 wrong" ]

        storm_start 0 2
        storm 50000
        run all_answers_are_right
        echo "$output"
        [ "$status" = 0 ]
}
