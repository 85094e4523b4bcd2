#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot trace and npivot doctor.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002

@test "trace goes from a mount point down to the HBA" {
        run npivot trace /srv
        [ "$status" = 0 ]
        # What only root may ask for comes last.
        if [ "$(id -u)" = 0 ]; then
                grep -q '^domain web1 .*qemu, pid 4242$' <<<"$output"
        else
                never_asked inspect
        fi
        output=$(head -14 <<<"$output")
        golden trace-mount
}

@test "trace goes from a vHBA up to who uses its LUNs" {
        run npivot trace $UP
        [ "$status" = 0 ]
        golden trace-initiator
}

@test "trace of an HBA goes over the vHBAs that vhbad knows on it" {
        run npivot trace host5
        [ "$status" = 0 ]
        golden trace-initiator
        run npivot trace 21:00:00:24:ff:1a:2b:3c
        golden trace-initiator
        asked 'Trace 21000024ff1a2b3c'
        asked 'Trace 2101001b32a90008'
}

@test "trace goes through a partition" {
        run npivot trace /dev/sdd
        [ "$status" = 0 ]
        [[ ${lines[1]} = "swap /dev/sdd1 "* ]]
        [[ ${lines[2]} = "└─/dev/sdd1 "*partition ]]
        [[ ${lines[3]} = "  └─/dev/sdd "* ]]
        [[ ${lines[6]} = *"HBA 21000024ff1a2b3c"* ]]
}

@test "trace as JSON has each object once" {
        run npivot trace mpatha --json
        [ "$status" = 0 ]
        [ "$(jq -c '[.kind, (.paths | length), (.maps | length), .vhbas[0].wwpn, .hbas[0].host]' <<<"$output")" = \
                "[\"map\",2,2,\"$UP\",\"host5\"]" ]
}

@test "without vhbad, trace tells the rest" {
        stop_fake
        start_fake lunwatch
        run npivot trace $UP
        [ "$status" = 0 ]
        [[ $output = *"HBA 21000024ff1a2b3c"*"vHBA $UP"*"mount /srv"* ]]
}

@test "trace of what nobody knows is a failure that says where to look" {
        run npivot trace nonsense
        [ "$status" = 1 ]
        [ "$output" = 'npivot: Cannot trace nonsense: nonsense is nothing that is known here.
npivot: next: npivot lun list, npivot map list and npivot vhba list --tree show what is here.' ]
}

@test "doctor says that all is well, and exits with 0" {
        stop_fake
        start_fake healthy vhbad lunwatch
        run npivot doctor
        [ "$output" = 'All is well: 1 vHBA, 5 paths, nothing missing, nothing quarantined.' ]
        [ "$status" = 0 ]
        run npivot doctor --json
        [ "$status" = 0 ]
        [ "$(jq -c . <<<"$output")" = '{"healthy":true,"findings":[]}' ]
}

@test "doctor tells what is wrong and the next command, and exits with 1" {
        stop_fake
        start_fake trouble vhbad lunwatch
        TZ=UTC run npivot doctor
        [ "$status" = 1 ]
        golden doctor
        run npivot doctor --json
        [ "$status" = 1 ]
        [ "$(jq -r '.findings[] | "\(.kind): \(.next)"' <<<"$output")" = \
                'failed: npivot vhba start 2101001b32a90004
vport: npivot vhba show 2101001b32a9000c
definition: editor /etc/npivot/vhba/oops.conf
quarantined: npivot lun release 2101001b32a90002-500a098012345678-lun-9
missing: npivot lun rescan 2101001b32a90002 7' ]
}

@test "doctor says when a daemon does not run, and looks at the rest" {
        stop_fake
        start_fake healthy vhbad
        run npivot doctor
        [ "$status" = 1 ]
        [[ $output = *"daemon: lunwatch does not run"*"next: systemctl start lunwatch"* ]]
}
