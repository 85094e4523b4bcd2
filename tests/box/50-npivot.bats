#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot(1) with the real daemons, systemd and polkit: the whole life of a vHBA from the command line.

bats_require_minimum_version 1.5.0

load lib.bash

W=2101001b32a90004
PEER=2101001b32a90006
NODE=2001001b32a9da4e
TARGET=500507680b000000
WWID=6001405000000010000400080000000a

setup_file() {
        box_start --hbas 2 --destdir "$(npivot_destdir)"
        fc lun map $W $TARGET 0 $WWID 1G
}

npivot() {
        in_box npivot "$@"
}

@test "hba shows what carries vHBAs" {
        run npivot hba --no-legend
        [ "$status" = 0 ]
        [ "${#lines[@]}" = 2 ]
        [[ ${lines[0]} = host0*Online*0/255* ]]
}

@test "define, start, and the LUN is found by its link" {
        run npivot vhba define $W $NODE --expect "0 wwid:$WWID" --symbolic-name web1 --timeout 20
        [ "$status" = 0 ]
        run npivot vhba start $W
        [ "$output" = "$W is up: Active, SCSI host2." ]
        [ "$status" = 0 ]

        link=$(npivot lun lookup $W 0)
        [ "$link" = /dev/disk/by-vhba/$W-$TARGET-lun-0 ]
        in_box test -b "$link"
        [ "$(npivot lun lookup $W)" = "$link" ]
        [ "$(npivot lun show "$link" --json | jq -r '.initiator, .wwid')" = "$W"$'\n'"naa.$WWID" ]
}

@test "the worksheet compares what is expected with what is seen" {
        run npivot vhba worksheet $W --json
        [ "$(jq -c '.initiators[0] | [.wwpn, .target_ports[0].wwpn, .luns_expected[0].met]' <<<"$output")" = \
                "[\"$W\",\"$TARGET\",true]" ]
}

@test "define of other contents is refused, --replace replaces" {
        run npivot vhba define $W $NODE --timeout 9
        [ "$status" = 1 ]
        run npivot vhba define $W $NODE --timeout 9 --replace
        [ "$status" = 0 ]
        [ "$(npivot vhba show $W --json | jq -c '[.timeout_usec, .expect]')" = '[9000000,[]]' ]
        run npivot vhba set $W "expect=0 wwid:$WWID" timeout=4
        [ "$status" = 0 ]
        [ "$(npivot vhba show $W --json | jq -c '[.timeout_usec, .expect[0].wwid]')" = "[4000000,\"$WWID\"]" ]
}

@test "what systemctl enables, npivot shows, and the other way round" {
        npivot vhba enable $W
        [ "$(in_box systemctl is-enabled vhba@$W)" = enabled ]
        in_box systemctl disable vhba@$W
        disabled() { [ "$(npivot vhba show $W --json | jq .autostart)" = false ]; }
        wait_for 10 disabled
}

@test "a pair is written to both records, and dissolved in both" {
        npivot vhba define $PEER $NODE
        run npivot vhba pair $W $PEER --role primary
        [ "$status" = 0 ]
        [ "$(npivot vhba list --json | jq -r '.vhbas[] | "\(.wwpn) \(.role) \(.peer) \(.pair_state)"')" = \
                "$W primary $PEER agreed"$'\n'"$PEER secondary $W agreed" ]
        npivot vhba unpair $PEER
        [ "$(npivot vhba show $W --json | jq -c '[.peer, .role]')" = '[null,null]' ]
}

@test "undefine is refused while it is up; stop takes the vport and its LUNs away" {
        run npivot vhba undefine $W
        [ "$status" = 1 ]
        [[ $output = *"npivot vhba stop"* ]]
        run npivot vhba stop $W
        [ "$output" = "$W is down." ]
        [ "$status" = 0 ]
        run -1 npivot lun lookup $W 0
}

@test "a start that fails says which LUN is missing" {
        npivot vhba set $W expect=7 timeout=2
        run npivot vhba start $W
        [ "$status" = 1 ]
        [[ ${lines[0]} = "npivot: Cannot start $W (lun-missing): "*"LUN 7"* ]]
        run npivot vhba stop $W
        [ "$status" = 0 ]
}

@test "a vport made by hand is transient, refused, and adopted as it is" {
        other=2101001b32a90008
        in_box sh -c "echo $other:$NODE >/sys/class/fc_host/host1/vport_create"
        transient() { [ "$(npivot vhba show $other --json | jq -r .state)" = transient ]; }
        wait_for 10 transient
        run npivot vhba stop $other
        [ "$status" = 1 ]
        [[ $output = *"npivot vhba adopt"* ]]

        run npivot vhba adopt $other --enable
        [ "$status" = 0 ]
        [ "$(npivot vhba show $other --json | jq -r '.parent, .unit_state, .autostart')" = \
                "wwpn:$(npivot hba --json | jq -r '.hbas[1].port_name')"$'\nactive\ntrue' ]
        npivot vhba stop $other
}

@test "nobody may look, and is told what is needed to change" {
        run in_box_as vhbanone npivot vhba list
        [ "$status" = 0 ]
        for words in "start $W" "stop $W" "enable $W" "set $W timeout=5" "undefine $W" \
                "define 2101001b32a9000c $NODE" "unpair $W"; do
                echo "npivot vhba $words"
                # shellcheck disable=SC2086
                run in_box_as vhbanone npivot vhba $words
                [ "$status" = 1 ]
                [[ $output = *org.npivot.vhba1.manage* ]]
        done
}

@test "a definition that cannot be read is named, with its line" {
        in_box sh -c 'printf "[Vhba]\nWwwpn=1\n" >/etc/npivot/vhba/2101001b32a9000e.conf'
        named() { npivot vhba list 2>&1 | grep -q 'Skipped .*2101001b32a9000e.conf, line 2: '; }
        wait_for 10 named
}
