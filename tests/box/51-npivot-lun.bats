#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot lun, map, trace and doctor with the real daemons, over two paths to a LUN behind a vHBA.

bats_require_minimum_version 1.5.0

load lib.bash

W=2101001b32a90004
NODE=2001001b32a9da4e
TARGET=500507680b000000
OTHER_TARGET=500507680b000001
WWID=6001405000000010000400080000000a

setup_file() {
        box_start --hbas 2 --destdir "$(npivot_destdir)"
        fc lun map $W $TARGET 0 $WWID 1G
        fc lun map $W $OTHER_TARGET 0 $WWID 1G
        in_box npivot vhba define $W $NODE --expect "0 wwid:$WWID paths:2" --timeout 20 --start
}

npivot() {
        in_box npivot "$@"
}

# The kernel name of the path at a target.
disk_at() {
        npivot lun list --json --target "$1" | jq -r '.paths[0].device' | sed 's:/dev/::'
}

usable() {
        [ "$(npivot lun show naa.$WWID --json | jq .usable_paths)" = "$1" ]
}

@test "all is well, says the doctor" {
        well() { npivot doctor; }
        wait_for 20 well
        run npivot doctor
        [ "$output" = 'All is well: 1 vHBA, 2 paths, nothing missing, nothing quarantined.' ]
}

@test "each view lists its names, and an unknown one the choices" {
        [ "$(npivot lun list --no-legend | wc -l)" = 2 ]
        [ "$(npivot lun list --view by-vhba --no-legend | awk '{ print $1 }' | sort)" = \
                "/dev/disk/by-vhba/$W-$TARGET-lun-0
/dev/disk/by-vhba/$W-$OTHER_TARGET-lun-0" ]
        [ "$(npivot lun list --view by-id --source $W --no-legend | wc -l)" = 1 ]
        run npivot lun list --view mapper
        [ "$status" = 0 ]
        run npivot lun list --view by-label
        [ "$status" = 2 ]
}

@test "lun show has both paths, down to the HBA" {
        hba=$(npivot vhba show $W --json | jq -r .hba)
        run npivot lun show "$(disk_at $TARGET)"
        [ "$status" = 0 ]
        [[ $output = *"Usable paths: 2 of 2"* ]]
        [ "$(grep -c "HBA $hba" <<<"$output")" = 2 ]
        grep -q "port $OTHER_TARGET  *Online" <<<"$output"
}

@test "a map and what it is made of are found from either end" {
        fc hold dm-0 mpatha mpath-3$WWID "$(disk_at $TARGET)" "$(disk_at $OTHER_TARGET)"
        mapped() { [ "$(npivot map list --json | jq -r '.maps[0] | "\(.name) \(.kind) \(.members | length)"')" = 'mpatha multipath 2' ]; }
        wait_for 10 mapped
        [ "$(npivot lun list --json | jq -r '.paths[].map' | uniq)" = mpatha ]
        [ "$(npivot map show "$(disk_at $TARGET)" --json | jq -r .name)" = mpatha ]
        run npivot trace mpatha
        [ "$status" = 0 ]
        # root is told what is on it, and there is no device behind this one.
        [[ ${lines[1]} = "signature unreadable "*"dm-0 cannot be read: "* ]]
        [[ ${lines[2]} = *"multipath mpatha "* ]]
        [ "$(grep -c "vHBA $W" <<<"$output")" = 2 ]

        run npivot trace "$(npivot vhba show $W --json | jq -r .hba)"
        [ "$status" = 0 ]
        [[ ${lines[1]} = "HBA "* ]]
        [[ ${lines[2]} = *"vHBA $W "* ]]
        grep -q 'multipath mpatha' <<<"$output"
        fc release dm-0
        gone() { [ "$(npivot map list --json | jq '.maps | length')" = 0 ]; }
        wait_for 10 gone
}

@test "lun watch tells the cause, goes on over kill -9, and tells what changed meanwhile" {
        in_box systemd-run --quiet --unit watch -p Type=notify -p StandardOutput=file:/run/watch.out \
                -p StandardError=file:/run/watch.err /usr/bin/npivot lun watch --json
        fc lun map $W $TARGET 4 ${WWID%a}4 1G
        told() { in_box jq -es "any(.change == \"$1\" and (.cause | test(\"^($2)$\")) and .path.lun == $3)" /run/watch.out; }
        wait_for 5 told added new 4
        fc lun unmap $W $TARGET 4
        wait_for 5 told removed deleted 4

        # Dead until it has changed: systemd would be faster.
        in_box systemctl stop lunwatch
        fc lun map $W $TARGET 5 ${WWID%a}5 1G
        there() { in_box grep -qs . "$(in_box sh -c 'echo /sys/class/scsi_device/*:5/device/state')"; }
        wait_for 5 there
        in_box systemctl start lunwatch
        wait_for 10 told added resync 5
        in_box systemctl kill -s KILL lunwatch
        wait_for 10 in_box grep -q 'lunwatch is back' /run/watch.err
        fc lun unmap $W $TARGET 5
        wait_for 10 told removed 'deleted|resync' 5
        [ "$(in_box jq -s '[.[] | select(.change == "added" and .path.lun == 5)] | length' /run/watch.out)" = 1 ]
        in_box systemctl stop watch
}

@test "another LUN under the same path is quarantined, diagnosed and released" {
        fc lun wwid $W $OTHER_TARGET 0 ${WWID%a}f
        quarantined() { npivot lun list --quarantined --json | jq -e '.paths[0].quarantine == "wwid-changed"'; }
        wait_for 10 quarantined
        run npivot doctor
        [ "$status" = 1 ]
        [[ $output = *quarantined:*"was naa.$WWID"*"npivot lun release $W-$OTHER_TARGET-lun-0"* ]]
        run npivot lun release $W-$OTHER_TARGET-lun-0
        [ "$status" = 0 ]
        run npivot lun release $W-$OTHER_TARGET-lun-0
        [ "$status" = 1 ]
        fc lun wwid $W $OTHER_TARGET 0 $WWID
        wait_for 10 quarantined
        npivot lun release $W-$OTHER_TARGET-lun-0
        wait_for 10 usable 2
}

@test "nobody may look at LUNs, and is told what is needed to release one" {
        for words in 'lun list' "lun show naa.$WWID" map 'lun list --view by-id' "trace $W"; do
                # shellcheck disable=SC2086
                run in_box_as vhbanone npivot $words
                [ "$status" = 0 ]
        done
        run in_box_as vhbanone npivot lun release $W-$OTHER_TARGET-lun-0
        [ "$status" = 1 ]
        [[ $output = *org.npivot.lunwatch1.manage* ]]
}
