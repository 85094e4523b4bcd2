#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot(1) against a stand-in for the daemons: what it prints, what it asks for, how it ends.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002
FAILED=2101001b32a90004
IDLE=2101001b32a90006
TRANSIENT=2101001b32a90008
DENIED=2101001b32a9000a
BUSY=2101001b32a9000c

setup() {
        export LC_ALL=C.UTF-8
        start_bus
        start_fake vhbad lunwatch
}

teardown() {
        stop_all
}

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

@test "every --json is JSON, with names in snake_case" {
        for words in hba 'hba show host5' 'hba list --tree' vhba "vhba show $UP" "vhba show $FAILED" \
                "vhba worksheet $UP" lun 'lun show /dev/sdb' "lun lookup $UP 0"; do
                echo "npivot $words --json"
                # shellcheck disable=SC2086
                npivot $words --json >"$BATS_TEST_TMPDIR/json"
                [ "$(jq -r type "$BATS_TEST_TMPDIR/json")" = object ]
                [ -z "$(jq -r '.. | objects | keys[] | select(test("^[a-z][a-z0-9_]*$") | not)' \
                        "$BATS_TEST_TMPDIR/json")" ]
        done
}

@test "JSON has numbers as numbers, and null for what is not there" {
        run npivot vhba list --json
        [ "$(jq -c '.vhbas[1] | [.hba, .timeout_usec, .cause, .autostart]' <<<"$output")" = \
                '[null,60000000,"wwpn-in-use",false]' ]
        [ "$(jq -c '.bad_definitions[0].line' <<<"$output")" = 3 ]
        run npivot lun list --json
        grep -q '"lun": 18446744073709551615' <<<"$output"
}

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

@test "who may not is told which polkit action is needed" {
        run npivot vhba start $DENIED
        [ "$status" = 1 ]
        [[ ${lines[1]} = *org.npivot.vhba1.manage* ]]
}

@test "an unknown vHBA or HBA is a failure that says where to look" {
        run npivot vhba show 2101001b32a900ff
        [ "$status" = 1 ]
        [ "$output" = "npivot: Cannot find 2101001b32a900ff: No vHBA 2101001b32a900ff.
npivot: next: npivot vhba list shows the vHBAs of this host." ]
        run npivot hba show host99
        [ "$status" = 1 ]
        [ "${lines[1]}" = "npivot: next: npivot hba list shows the HBAs of this host." ]
}

@test "what makes no sense is exit code 2, before anybody is asked" {
        stop_fake
        while read -r words; do
                echo "npivot $words"
                # shellcheck disable=SC2086
                run npivot $words
                echo "$output"
                [ "$status" = 2 ]
                [[ $output = "npivot: "* ]]
        done <<-EOF
	disk
	hba frobnicate
	hba show
	hba show a b
	vhba list --force
	vhba start
	vhba start nonsense
	vhba start $UP 0000000000000000
	vhba define $UP
	vhba define $UP nonsense
	vhba define $UP 2001001b32a9da4e --timeout soon
	vhba define $UP 2001001b32a9da4e --timeout 0
	vhba set $UP
	vhba set $UP parent
	vhba set $UP colour=red
	vhba set $UP timeout=never
	vhba pair $UP $IDLE
	vhba pair $UP $IDLE --role boss
	lun lookup
	lun list --initiator sdb
	--no-such-option
	vhba start $UP --host
	EOF
        run npivot
        [ "$status" = 2 ]
}

@test "text that is no UTF-8 is refused, not sent" {
        run npivot vhba define $IDLE 2001001b32a9da4e --symbolic-name $'\xff'
        [ "$status" = 2 ]
        run npivot vhba set $IDLE symbolic-name=$'\xff'
        [ "$status" = 2 ]
        never_asked Define
        never_asked SetSymbolicName
}

@test "a daemon that does not run is named, with how to start it" {
        stop_fake
        run npivot vhba list
        [ "$status" = 1 ]
        [ "$output" = "npivot: Cannot list the HBAs and vHBAs: vhbad does not run.
npivot: next: systemctl start vhbad; journalctl -u vhbad says why it does not run." ]
        run npivot lun list
        [ "$status" = 1 ]
        [ "$output" = "npivot: Cannot list the paths: lunwatch does not run.
npivot: next: systemctl start lunwatch; journalctl -u lunwatch says why it does not run." ]
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

@test "no bus is a failure that says so" {
        DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent run npivot vhba list
        [ "$status" = 1 ]
        [ "$output" = "npivot: Cannot connect to the system bus: No such file or directory" ]
}

@test "--host speaks to the other host's bus over ssh" {
        mkdir "$BATS_TEST_TMPDIR/bin"
        cat >"$BATS_TEST_TMPDIR/bin/ssh" <<-EOF
	#!/bin/sh
	echo "\$*" >>"$BATS_TEST_TMPDIR/ssh.log"
	exec systemd-stdio-bridge --bus-path="$DBUS_SYSTEM_BUS_ADDRESS"
	EOF
        chmod +x "$BATS_TEST_TMPDIR/bin/ssh"
        unset DBUS_SYSTEM_BUS_ADDRESS

        PATH=$BATS_TEST_TMPDIR/bin:$PATH run --separate-stderr npivot vhba list -H admin@virt2
        [ "$status" = 0 ]
        golden vhba-list
        grep -q 'admin@virt2 systemd-stdio-bridge' "$BATS_TEST_TMPDIR/ssh.log"
}

@test "--host that cannot be reached is a failure that names it" {
        mkdir "$BATS_TEST_TMPDIR/bin"
        printf '#!/bin/sh\nexit 255\n' >"$BATS_TEST_TMPDIR/bin/ssh"
        chmod +x "$BATS_TEST_TMPDIR/bin/ssh"

        PATH=$BATS_TEST_TMPDIR/bin:$PATH run npivot vhba list -H virt2
        [ "$status" = 1 ]
        [[ $output = *virt2* ]]
}

@test "colours are for terminals, and NO_COLOR is heard" {
        TERM=xterm run npivot vhba list
        no_escapes "$output"
        TERM=xterm run on_terminal "$BUILD_DIR/cli/npivot" vhba list
        has_escapes "$output"
        NO_COLOR=1 TERM=xterm run on_terminal "$BUILD_DIR/cli/npivot" vhba list
        no_escapes "$output"
        TERM=dumb run on_terminal "$BUILD_DIR/cli/npivot" vhba list
        no_escapes "$output"
}

@test "control bytes of others reach no terminal, and JSON stays JSON" {
        stop_fake
        start_fake hostile vhbad lunwatch
        for words in hba 'hba show host5' vhba 'vhba list --tree' "vhba show $UP" "vhba worksheet $UP" \
                lun 'lun show /dev/sdb' "vhba start $FAILED"; do
                echo "npivot $words"
                # shellcheck disable=SC2086
                run npivot $words
                no_escapes "$output"
                [[ $output != *$'\xc2\x9b'* ]]
                [[ $output = *'?[31mred'* ]]
        done
        run npivot vhba show $UP --json
        [ "$(jq -r .symbolic_name <<<"$output")" = $'\033[31mred\033[0m\n\xc2\x9b' ]
}

@test "help of all, of a noun, of each verb" {
        run npivot --help
        [ "$status" = 0 ]
        all=$output
        run npivot help
        [ "$output" = "$all" ]
        while read -r noun verb _; do
                grep -q "^  $noun $verb " <<<"$all"
                run npivot "$noun" "$verb" --help
                [ "$status" = 0 ]
                [[ $output = "npivot $noun $verb "* ]]
                run npivot help "$noun" "$verb"
                [ "$status" = 0 ]
        done < <(sed -n 's/^  \(hba\|vhba\|lun\) /\1 /p' <<<"$all")
        run npivot help disk
        [ "$status" = 2 ]
        run npivot --version
        [[ $output = "npivot "[0-9]* ]]
}

@test "what cannot be written is a failure" {
        for words in vhba 'vhba list --json' "lun lookup $UP 0" "vhba start $IDLE" --help; do
                echo "npivot $words"
                # shellcheck disable=SC2016,SC2086
                run -1 sh -c '"$@" 2>&1 >/dev/full' sh "$BUILD_DIR/cli/npivot" $words
                [[ $output = *"No space left on device"* ]]
        done
}

@test "completion offers nouns, verbs, WWPNs and a verb's options" {
        # shellcheck source=/dev/null
        . "$BATS_TEST_DIRNAME/../../cli/completion/npivot"

        complete_words() {
                COMP_WORDS=("$@")
                COMP_CWORD=$(($# - 1))
                COMPREPLY=()
                _npivot
                echo "${COMPREPLY[*]}"
        }
        [ "$(complete_words npivot v)" = vhba ]
        [ "$(complete_words npivot vhba sta)" = start ]
        [ "$(complete_words npivot vhba start 2101001b32a90002)" = $UP ]
        [ "$(complete_words npivot --json hba show 2100)" = "21000024ff1a2b3c 21000024ff000010" ]
        [ "$(complete_words npivot vhba stop --fo)" = --force ]
        [ "$(complete_words npivot vhba pair a b --role s)" = secondary ]
}

@test "completion knows every verb" {
        for noun in hba vhba lun; do
                for verb in $(npivot help $noun | awk '{ print $2 }'); do
                        grep -q "\[$noun\]='.*\b$verb\b" "$BATS_TEST_DIRNAME/../../cli/completion/npivot"
                        grep -q "^($noun) verbs=(.*\b$verb\b" "$BATS_TEST_DIRNAME/../../cli/completion/_npivot"
                done
        done
}
