#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The verbs of npivot(1) that change something: what they ask of the daemons, what they wait for, how
# they end.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002
FAILED=2101001b32a90004
IDLE=2101001b32a90006
TRANSIENT=2101001b32a90008
BUSY=2101001b32a9000c

@test "define sends what it was given, and no more" {
        run npivot vhba define 21:01:00:1b:32:a9:00:0e 2001001b32a9da4e
        [ "$status" = 0 ]
        [ "$output" = "2101001b32a9000e is defined." ]
        asked "Define Wwpn=2101001b32a9000e Wwnn=2001001b32a9da4e replace=0"

        run npivot vhba define 2101001b32a9000e 2001001b32a9da4e --parent host:host5 \
                --symbolic-name 'db 1' --expect '0 wwid:60ab paths:2' --expect=7 --timeout=2min --replace
        [ "$status" = 0 ]
        asked "Define Wwpn=2101001b32a9000e Wwnn=2001001b32a9da4e Parent=host:host5 SymbolicName=db 1 Expect=(0 wwid:60ab paths:2)(7) TimeoutUSec=120000000 replace=1"
}

@test "define --enable --start does all three" {
        run npivot vhba define $IDLE 2001001b32a9da4e --enable --start
        [ "$status" = 0 ]
        [ "$output" = "$IDLE is defined.
$IDLE is enabled: it starts at every boot.
$IDLE is up: Active, SCSI host9." ]
        asked "SetAutostart $IDLE 1"
        asked "Create $IDLE"
}

@test "start waits until the vHBA is up" {
        run npivot vhba start $IDLE
        [ "$status" = 0 ]
        [ "$output" = "$IDLE is up: Active, SCSI host9." ]
}

@test "start that fails says the cause and the next step" {
        run --separate-stderr npivot vhba start $FAILED
        [ "$status" = 1 ]
        [ -z "$output" ]
        [ "$stderr" = "npivot: Cannot start $FAILED (wwpn-in-use): $FAILED is logged in elsewhere on the fabric. Stop it there.
npivot: next: systemctl status vhba@$FAILED.service" ]
}

@test "start --no-wait returns while the job runs" {
        run npivot vhba start --no-wait $FAILED
        [ "$status" = 0 ]
        [ -z "$output" ]
        asked "Create $FAILED"
}

@test "start of several does all, and fails if one does" {
        run --separate-stderr npivot vhba start $FAILED $IDLE
        [ "$status" = 1 ]
        [ "$output" = "$IDLE is up: Active, SCSI host9." ]
}

@test "start shows what it waits for on a terminal only" {
        TERM=xterm run on_terminal "$BUILD_DIR/cli/npivot" vhba start $IDLE
        [[ $output = *"waiting for LUN 0"* ]]
        run npivot vhba start $UP
        [[ $output != *waiting* ]]
}

@test "stop takes the vport away; in use, it names the holders and stops at nothing else" {
        run npivot vhba stop $UP
        [ "$status" = 0 ]
        [ "$output" = "$UP is down." ]

        run --separate-stderr npivot vhba stop $BUSY
        [ "$status" = 1 ]
        [ "$stderr" = "npivot: Cannot stop $BUSY: LUNs behind it are in use:
npivot: /dev/sdc: mounted on /srv
npivot: next: end what uses the LUNs; --force takes them away, and its I/O fails." ]

        run npivot vhba stop --force $BUSY
        [ "$status" = 0 ]
        asked "Destroy $BUSY force=1"
}

@test "enable and disable change autostart; --now the vHBA as well" {
        run npivot vhba enable $IDLE
        [ "$status" = 0 ]
        [ "$output" = "$IDLE is enabled: it starts at every boot." ]
        run npivot vhba enable --now $IDLE
        [ "${lines[1]}" = "$IDLE is up: Active, SCSI host9." ]
        run npivot vhba disable --now $IDLE
        [ "$output" = "$IDLE is disabled: it no longer starts at boot.
$IDLE is down." ]
        asked "SetAutostart $IDLE 0"
}

@test "set changes what is named, keeps the rest, and says when it counts" {
        run npivot vhba set $UP parent=auto timeout=90
        [ "$status" = 0 ]
        [ "$output" = "$UP is changed; this counts from its next start on." ]
        asked "Define Wwpn=$UP Wwnn=2001001b32a9da4e Parent=auto SymbolicName=web1 Expect=(0 wwid:60014050000000100000004000800000 paths:2)(7) TimeoutUSec=90000000 replace=1"

        run npivot vhba set $UP expect='1 paths:4' expect=2
        asked "Define Wwpn=$UP Wwnn=2001001b32a9da4e Parent=wwpn:21000024ff1a2b3c SymbolicName=web1 Expect=(1 paths:4)(2) TimeoutUSec=60000000 replace=1"

        run npivot vhba set $UP expect=
        asked "Define Wwpn=$UP Wwnn=2001001b32a9da4e Parent=wwpn:21000024ff1a2b3c SymbolicName=web1 TimeoutUSec=60000000 replace=1"
}

@test "set symbolic-name tells the fabric, and defines nothing" {
        run npivot vhba set $UP symbolic-name=web2
        [ "$status" = 0 ]
        [ "$output" = "$UP has a new symbolic name; the fabric is told now." ]
        asked "SetSymbolicName $UP \"web2\""
        never_asked Define
}

@test "set refuses what others made" {
        run npivot vhba set $TRANSIENT parent=auto
        [ "$status" = 1 ]
        [ "${lines[1]}" = "npivot: next: npivot vhba adopt $TRANSIENT" ]
}

@test "adopt defines a vport as it is, and brings it under its unit" {
        run npivot vhba adopt $TRANSIENT --enable
        [ "$status" = 0 ]
        asked "Define Wwpn=$TRANSIENT Wwnn=2001001b32a9da4e Parent=wwpn:21000024ff1a2b3c replace=0"
        asked "SetAutostart $TRANSIENT 1"
        asked "Create $TRANSIENT"
        run npivot vhba adopt $TRANSIENT
        [ "$status" = 0 ]
        [ "$(grep -c Define "$FAKE_LOG")" = 1 ]
}

@test "pair and unpair name both sides" {
        run npivot vhba pair $IDLE $BUSY --role secondary
        [ "$status" = 0 ]
        [ "$output" = "$IDLE is secondary, $BUSY is primary." ]
        asked "SetPeer $IDLE peer=$BUSY role=secondary"

        run npivot vhba unpair $UP
        [ "$status" = 0 ]
        asked "SetPeer $UP peer= role="

        run npivot vhba pair $UP $BUSY --role primary
        [ "$status" = 1 ]
        [ "${lines[1]}" = "npivot: next: npivot vhba unpair WWPN dissolves a pair." ]
}

@test "undefine of what is up is refused with the next step" {
        run npivot vhba undefine $IDLE
        [ "$status" = 0 ]
        [ "$output" = "$IDLE is undefined." ]
        run npivot vhba undefine $UP
        [ "$status" = 1 ]
        [ "${lines[1]}" = "npivot: next: npivot vhba stop WWPN, then try again." ]
}
