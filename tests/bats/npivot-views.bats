#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What npivot(1) shows of HBAs and vHBAs: lists, trees, one by one, the worksheet.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002
FAILED=2101001b32a90004
TRANSIENT=2101001b32a90008
BUSY=2101001b32a9000c

@test "hba lists the HBAs, host5 before host10" {
        run --separate-stderr npivot hba
        [ "$status" = 0 ]
        golden hba-list
        [ -z "$stderr" ]
}

@test "hba show tells all about one, by host name and by WWPN in any spelling" {
        run npivot hba show host5
        [ "$status" = 0 ]
        golden hba-show
        run npivot hba show 21000024ff1a2b3c
        golden hba-show
}

@test "vhba list shows one line each, and skipped definitions on stderr" {
        run --separate-stderr npivot vhba list
        [ "$status" = 0 ]
        golden vhba-list
        # shellcheck disable=SC2154
        [ "$stderr" = 'npivot: Skipped /etc/npivot/vhba/oops.conf, line 3: There is no key "Wwwpn".' ]
}

@test "--no-legend leaves nothing but the lines" {
        run --separate-stderr npivot vhba --no-legend list
        [ "$status" = 0 ]
        [ "${#lines[@]}" = 6 ]
        [ "${lines[0]%% *}" = $UP ]
        [ -z "$stderr" ]
}

@test "the tree shows HBAs, vHBAs on each, LUNs behind both" {
        run npivot vhba list --tree
        [ "$status" = 0 ]
        golden tree
        run npivot hba list --tree
        golden tree
}

@test "the tree is drawn in ASCII where there is no UTF-8" {
        LC_ALL=C run npivot vhba list --tree
        [ "$status" = 0 ]
        LC_ALL=C grep -q '|-2101001b32a90002 (web1)' <<<"$output"
        [ -z "$(LC_ALL=C tr -d ' -~\n' <<<"$output")" ]
}

@test "vhba show tells definition, state and LUNs" {
        run npivot vhba show 21:01:00:1B:32:A9:00:02
        [ "$status" = 0 ]
        golden vhba-show-up
}

@test "vhba show tells the cause of a failure in words" {
        run npivot vhba show $FAILED
        [ "$status" = 0 ]
        golden vhba-show-failed
}

@test "vhba show tells how to adopt what others made" {
        run npivot vhba show $TRANSIENT
        [ "$status" = 0 ]
        golden vhba-show-transient
}

@test "the worksheet has both WWPNs of the pair, what is expected and what is seen" {
        run npivot vhba worksheet $UP
        [ "$status" = 0 ]
        output=$(sed "1s/ $(hostname)\$/ HOST/" <<<"$output")
        golden worksheet
}

@test "the worksheet of the secondary holds the same two" {
        run npivot vhba worksheet $FAILED --json
        [ "$status" = 0 ]
        [ "$(jq -r '.initiators[].wwpn' <<<"$output" | sort | tr '\n' ' ')" = "$UP $FAILED " ]
        [ "$(jq -r '.initiators[] | select(.wwpn == "'$UP'") | .luns_expected[] | "\(.lun) \(.met)"' <<<"$output")" = \
                $'0 false\n7 false' ]
}

@test "a peer that is not here is on the worksheet, and said not to be here" {
        run npivot vhba worksheet $BUSY
        [ "$status" = 0 ]
        grep -q '^21:01:00:1b:32:a9:00:ee  - .* primary  *not on this host ' <<<"$output"
        run npivot vhba show $BUSY
        [[ $output = *"Pair: secondary of 2101001b32a900ee; 2101001b32a900ee has no definition here"* ]]
}

@test "without lunwatch, vhba show and the tree show the rest" {
        stop_fake
        start_fake vhbad
        for words in "show $UP" 'list --tree' "worksheet $UP"; do
                # shellcheck disable=SC2086
                run --separate-stderr npivot vhba $words
                [ "$status" = 0 ]
                [[ $output = *web1* ]]
                [[ $stderr = "npivot: LUNs are not shown: lunwatch does not run."* ]]
        done
}
