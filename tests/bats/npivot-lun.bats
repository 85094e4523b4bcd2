#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot lun: what it shows and looks up; npivot map.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002

@test "lun list shows every page, and the map of each path" {
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
        run npivot lun list --no-legend --transport fc --quarantined
        [ "$status" = 0 ]
        asked 'ListPaths Transport=fc Quarantined=1'
}

@test "lun list tells which paths are quarantined, and what comes next" {
        stop_fake
        start_fake trouble vhbad lunwatch
        run --separate-stderr npivot lun list
        [ "$status" = 0 ]
        grep -q ' /dev/sde .* quarantined ' <<<"$output"
        # shellcheck disable=SC2154
        [ "$stderr" = "npivot: 1 path is quarantined (/dev/sde: wwid-changed).
npivot: next: npivot doctor shows what they were and what they are." ]
        on_terminal "$BUILD_DIR/cli/npivot" lun list | grep -q $'\033\\[1;31mquarantined'
}

@test "a view lists the names of one directory, short or in full" {
        run npivot lun list --view by-vhba --no-legend
        [ "$status" = 0 ]
        [ "${#lines[@]}" = 2 ]
        run npivot lun list --view /dev/mapper/ --no-legend
        [ "$output" = '/dev/mapper/mpatha  naa.60014050000000100000004000800000  20 GiB  /dev/dm-3' ]
        run npivot lun list --view mapper --source 21:01:00:1B:32:A9:00:02 --json
        [ "$(jq -r '.directory, .names[0].name' <<<"$output")" = $'/dev/mapper\n/dev/mapper/mpatha' ]
        asked "ListNames source=$UP directory=/dev/mapper"
}

@test "an unknown or empty view is a usage error that lists the choices" {
        for view in '' by-uuid /dev /dev/disk; do
                run npivot lun list --view="$view"
                [ "$status" = 2 ]
                [[ $output = *by-path*by-vhba*by-id*mapper* ]]
        done
        never_asked ListNames
}

@test "lun show tells what a device is, its paths down to the HBA, and who uses it" {
        run npivot lun show /dev/sdb
        [ "$status" = 0 ]
        golden lun-show
}

@test "lun show finds a LUN by its WWID, too" {
        run npivot lun show naa.60014050000000100000004000800000 --json
        [ "$status" = 0 ]
        [ "$(jq -c '[.map, .usable_paths, (.paths | length), .maps[0].name, .uses[0].object]' <<<"$output")" = \
                '["mpatha",1,2,"mpatha","/srv"]' ]
}

@test "lun show of a quarantined LUN says so, and how to release it" {
        stop_fake
        start_fake trouble vhbad lunwatch
        run npivot lun show /dev/sde
        [ "$status" = 0 ]
        [[ $output = *"Quarantined: wwid-changed"*"Next: npivot lun release /dev/sde"* ]]
}

@test "lun release lets a LUN be used as it is, or says what it needs" {
        run npivot lun release /dev/sde
        [ "$status" = 0 ]
        [ "$output" = '/dev/sde is released: 1 path or map may be used as they are now.' ]
        run npivot lun release /dev/sdb
        [ "$status" = 1 ]
        [ "${lines[1]}" = 'npivot: next: npivot doctor shows what is quarantined.' ]
        run npivot lun release /dev/sdd
        [ "$status" = 1 ]
        [[ ${lines[1]} = *org.npivot.lunwatch1.manage* ]]
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

@test "lun lookup that is ambiguous or quarantined fails with nothing on stdout" {
        run --separate-stderr npivot lun lookup $UP
        [ "$status" = 1 ]
        [ -z "$output" ]
        [[ $stderr = *"There are several: 0, 3."*"next: "* ]]
        run --separate-stderr npivot lun lookup $UP 9
        [ "$status" = 1 ]
        [ -z "$output" ]
        [[ $stderr = *"its WWID has changed"*"next: npivot doctor"* ]]
}

@test "lun lookup refuses what is no LUN before anybody is asked" {
        for lun in zero -- 0x1 18446744073709551616 wwid: 1.5; do
                run npivot lun lookup -- $UP "$lun"
                [ "$status" = 2 ]
        done
        never_asked Lookup
        run npivot lun lookup $UP 18446744073709551615
        [ "$status" = 1 ]
        asked "Lookup $UP wwnn= lun=18446744073709551615"
}

@test "map list shows members and holders" {
        run npivot map
        [ "$status" = 0 ]
        golden map-list
        run npivot map list --kind multipath --no-legend
        [ "${#lines[@]}" = 1 ]
        run npivot map list --json
        [ "$(jq -r '.maps[] | "\(.name) \(.kind) \(.members | length)"' <<<"$output")" = \
                $'mpatha multipath 2\nvg0-root lvm 1' ]
}

@test "map show finds a map by its name, its device or a path below it" {
        run npivot map show mpatha
        [ "$status" = 0 ]
        golden map-show
        run npivot map show /dev/dm-3
        golden map-show
        run npivot map show /dev/sdb
        golden map-show
        run npivot map show mpathz
        [ "$status" = 1 ]
        [ "${lines[1]}" = 'npivot: next: npivot map list shows the maps of this host.' ]
}
