#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot(1) as a command: JSON, options, exit codes, errors, colours, help, other hosts, completion.

bats_require_minimum_version 1.5.0

load npivot.bash

UP=2101001b32a90002
FAILED=2101001b32a90004
IDLE=2101001b32a90006
DENIED=2101001b32a9000a

@test "every --json is JSON, with names in snake_case" {
        for words in hba 'hba show host5' 'hba list --tree' vhba "vhba show $UP" "vhba show $FAILED" \
                "vhba worksheet $UP" lun 'lun show /dev/sdb' "lun lookup $UP 0" 'lun list --view by-vhba' \
                "lun wait $UP" "lun rescan $UP" 'lun remove mpatha' 'lun inspect sdb' map 'map show mpatha' \
                'trace /srv' "trace $UP"; do
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
	lun list --transport scsi
	lun list --source $UP
	lun list --view by-id --target $UP
	lun lookup $UP zero
	lun watch --no-legend
	lun wait
	lun rescan $UP wwid:6001
	lun remove
	map show
	trace
	trace a b
	doctor now
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
                lun 'lun show /dev/sdb' map 'map show /dev/dm-3' "trace $UP" \
                "vhba start $FAILED"; do
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
        done < <(sed -n 's/^  \(hba\|vhba\|lun\|map\|mirror\|target\) /\1 /p' <<<"$all")
        for noun in trace doctor; do
                run npivot $noun --help
                [ "$status" = 0 ]
                [[ $output = "npivot $noun "* ]]
        done
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
        for noun in hba vhba lun map mirror target; do
                for verb in $(npivot help $noun | awk '{ print $2 }'); do
                        grep -q "\[$noun\]='.*\b$verb\b" "$BATS_TEST_DIRNAME/../../cli/completion/npivot"
                        grep -q "^($noun) verbs=(.*\b$verb\b" "$BATS_TEST_DIRNAME/../../cli/completion/_npivot"
                done
        done
}
