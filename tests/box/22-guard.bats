#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunwatch guards what LUNs are, and says which paths are owed: on a real systemd, bus, udev and
# polkit, with a real vhbad, and after it was killed.

load lib

HBA=100000109b000000
VHBA=2101001b32a90004
WWNN=2001001b32a90004
TARGET=500507680b000000
TARGET2=500507680b000001
WWID=6001405000000010000400080000000
STORE=/run/npivot/lunwatch
SIGNALS=/run/guard-signals
QUARANTINED=5d1a3c9b0f7e4a6c8b2d9e4f10a7c30b
RELEASED=5d1a3c9b0f7e4a6c8b2d9e4f10a7c30c

setup_file() {
        box_start --hbas 2 --destdir "$(npivot_destdir)"
}

setup() {
        [ -s "$BATS_FILE_TMPDIR/box" ] || return 0
        in_box systemctl stop vhba@$VHBA
        fc reset
        in_box sh -c 'rm -rf /etc/npivot/vhba/*; systemctl daemon-reload; systemctl reset-failed'
        in_box udevadm settle
        in_box systemctl stop lunwatch.service
        in_box sh -c "rm -f $STORE/*"
        in_box systemctl start lunwatch.service
        until_path_count 10 0
}

bus() {
        in_box busctl --json=short "$@"
}

manager() {
        bus call org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1.Manager "$@"
}

guard() {
        bus call org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1.Guard "$@"
}

property() {
        box_get org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1."$1" "${@:2}"
}

# until_path_count SEC COUNT
until_path_count() {
        property Manager PathCount "$@" >/dev/null
}

# until_quarantined SEC COUNT
until_quarantined() {
        property Guard QuarantinedCount "$@" >/dev/null
}

# "KEY DEVICE CAUSE THEN NOW", a line each
quarantined() {
        guard ListQuarantined | jq -r '.data[0][] | "\(.[0]) \(.[1]) \(.[2]) \(.[3]) was \(.[4]) is \(.[5])"'
}

# "INITIATOR LUN KIND", a line each
debts() {
        guard ListDebt | jq -r '.data[0][] | "\(.[0]) \(.[1]) \(.[3])"'
}

debts_are() {
        [ "$(debts)" = "$1" ]
}

# "LINK WWID"; fails when it is refused
lookup() {
        local answer

        answer=$(manager Lookup sss "$1" "" "$2") || return
        jq -r '"\(.data[0]) \(.data[1])"' <<<"$answer"
}

is_stored() {
        in_box sh -c "grep -q '$1' $STORE/identities-*"
}

kill_lunwatch() {
        local pid

        pid=$(in_box systemctl show -P MainPID lunwatch.service)
        in_box systemctl kill --signal=KILL lunwatch.service
        is_another() { [ "$(in_box systemctl show -P MainPID lunwatch.service)" != "$pid" ]; }
        wait_for 10 is_another
        wait_for 10 property Manager PathCount
}

# One LUN that shows another WWID than it did.
swap_lun() {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 lookup $HBA 0
        fc lun wwid $HBA $TARGET 0 ${WWID}b
        until_quarantined 20 1
}

THE_PATH="path $HBA-$TARGET-lun-0 /dev/sda wwid-changed was naa.${WWID}a 1 GiB is naa.${WWID}b 1 GiB"

listen() {
        in_box sh -c "rm -f $SIGNALS; busctl --json=short monitor --match \
                \"type='signal',sender='org.npivot.lunwatch1'\" >$SIGNALS 2>$SIGNALS.ready &"
        wait_for 10 in_box grep -q Monitoring $SIGNALS.ready
}

# signals MEMBER: what was told since listen(), a line each
signals() {
        in_box cat $SIGNALS | jq -c "select(.member == \"$1\") | .payload.data"
}

@test "another LUN under the same path is in quarantine: visible, told, logged, and refused" {
        in_box journalctl --rotate
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 lookup $HBA 0
        listen
        fc lun wwid $HBA $TARGET 0 ${WWID}b
        until_quarantined 20 1

        [ "$(quarantined)" = "$THE_PATH" ]
        run lookup $HBA 0
        [ "$status" != 0 ]
        [[ $output == *quarantine* ]]
        run manager GetPath s sda
        [[ $output == *naa.${WWID}b*wwid-changed* ]]
        is_told() { signals Changed | grep -q wwid-changed; }
        wait_for 5 is_told
        [[ $(signals PropertiesChanged) == *QuarantinedCount*1* ]]
        run in_box journalctl --output=cat MESSAGE_ID=$QUARANTINED WWPN=$HBA CAUSE=wwid-changed
        [[ $output == *"was naa.${WWID}a 1 GiB and is now naa.${WWID}b 1 GiB"* ]]
}

@test "a quarantine outlives kill -9, a restart, and the change back" {
        swap_lun
        before=$(guard ListQuarantined)
        kill_lunwatch
        [ "$(guard ListQuarantined)" = "$before" ]
        run lookup $HBA 0
        [ "$status" != 0 ]

        in_box systemctl restart lunwatch.service
        [ "$(property Guard QuarantinedCount)" = 1 ]
        fc lun wwid $HBA $TARGET 0 ${WWID}a
        is_back() { [[ $(quarantined) == *"is naa.${WWID}a 1 GiB" ]]; }
        wait_for 20 is_back
        run lookup $HBA 0
        [ "$status" != 0 ]
}

@test "a LUN that is swapped while lunwatch is dead is seen" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 lookup $HBA 0
        wait_for 1 is_stored $HBA
        in_box systemctl stop lunwatch.service
        fc lun wwid $HBA $TARGET 0 ${WWID}b
        in_box udevadm settle
        [ "$(quarantined)" = "$THE_PATH" ]
}

@test "released by any of its names, what it is now is what it must be" {
        local name

        for name in sda 0 $HBA-$TARGET-lun-0 wwid:${WWID}a 3${WWID}b; do
                swap_lun
                [ "$name" != 0 ] || name=$(manager GetPath s sda | jq -r '.data[0][0]')
                [ "$(guard Release s "$name" | jq '.data[0]')" = 1 ]
                [ "$(property Guard QuarantinedCount)" = 0 ]
                [[ $(lookup $HBA 0) == *naa.${WWID}b ]]
                kill_lunwatch
                [[ $(lookup $HBA 0) == *naa.${WWID}b ]]
                fc lun unmap $HBA $TARGET 0
                until_path_count 20 0
        done
        run in_box journalctl --output=cat MESSAGE_ID=$RELEASED
        [[ $output == *"it is naa.${WWID}b 1 GiB from now on"* ]]

        run guard Release s sda
        [[ $output == *"is in quarantine"* ]]
}

@test "everybody may see what is in quarantine, and not everybody may release it" {
        swap_lun
        run in_box_as nobody busctl call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                org.npivot.lunwatch1.Guard ListQuarantined
        [ "$status" = 0 ]
        run in_box_as nobody busctl --allow-interactive-authorization=no call org.npivot.lunwatch1 \
                /org/npivot/lunwatch1 org.npivot.lunwatch1.Guard Release s sda
        [ "$status" != 0 ]
        [ "$(property Guard QuarantinedCount)" = 1 ]
}

@test "a LUN that went with its vHBA must come back the same" {
        fc lun map $VHBA $TARGET 0 ${WWID}a 1G
        write_sysfs /sys/class/fc_host/host0/vport_create "$VHBA:$WWNN"
        wait_for 20 lookup $VHBA 0
        write_sysfs /sys/class/fc_host/host0/vport_delete "$VHBA:$WWNN"
        until_path_count 20 0
        fc lun unmap $VHBA $TARGET 0
        fc lun map $VHBA $TARGET 0 ${WWID}b 1G
        write_sysfs /sys/class/fc_host/host1/vport_create "$VHBA:$WWNN"
        until_quarantined 20 1
        run lookup $VHBA 0
        [ "$status" != 0 ]
}

@test "a LUN that says it has another size is read again, and is in quarantine" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 lookup $HBA 0
        fc lun resize $HBA $TARGET 0 2G
        until_quarantined 20 1
        [ "$(quarantined)" = "path $HBA-$TARGET-lun-0 /dev/sda size-changed was naa.${WWID}a 1 GiB is naa.${WWID}a 2 GiB" ]
        guard Release s wwid:${WWID}a
        lookup $HBA 0
}

@test "a LUN that somebody removed is forgotten" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        fc lun map $HBA $TARGET 1 ${WWID}c 1G
        wait_for 20 lookup $HBA 0
        wait_for 20 lookup $HBA 1
        fc lun unmap $HBA $TARGET 0
        until_path_count 20 1
        fc lun map $HBA $TARGET 0 ${WWID}b 2G
        wait_for 20 lookup $HBA 0
        [[ $(lookup $HBA 0) == *naa.${WWID}b ]]
        [ "$(property Guard QuarantinedCount)" = 0 ]
}

@test "a file that is not ours is kept aside, said, and harms nothing" {
        swap_lun
        in_box systemctl stop lunwatch.service
        # shellcheck disable=SC2016  # expanded in the box
        in_box sh -c 'cd '$STORE'; f=$(grep -l wwid-changed *); echo rubbish >$f; echo $f >/run/which'
        [ "$(property Guard QuarantinedCount)" = 0 ]
        lookup $HBA 0
        in_box sh -c "test -e $STORE/\$(cat /run/which).bad"
        run in_box journalctl -u lunwatch --output=cat
        [[ $output == *"keeping it as $(in_box cat /run/which).bad"* ]]
}

@test "killed at any of its system calls lunwatch hands on no other LUN" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 lookup $HBA 0
        wait_for 1 is_stored $HBA
        # To and fro: from the first time on it is in quarantine, whatever it is.
        cat >"$BATS_TEST_TMPDIR/swap" <<EOS
#!/bin/sh
n=\$(cat $BATS_TEST_TMPDIR/n 2>/dev/null || echo 0)
echo \$((n + 1)) >$BATS_TEST_TMPDIR/n
[ \$((n % 2)) = 1 ] && w=a || w=b
"$box_here/box" fc $BOX_NAME lun wwid $HBA $TARGET 0 $WWID\$w
EOS
        chmod +x "$BATS_TEST_TMPDIR/swap"
        cat >"$BATS_TEST_TMPDIR/check" <<EOS
#!/bin/bash
for i in {1..100}; do
        out=\$($(in_box_words) busctl call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                org.npivot.lunwatch1.Manager Lookup sss $HBA "" 0 2>&1) && exit 1
        [[ \$out == *quarantine* ]] && exec $(in_box_words) sh -c '! ls $STORE/*.bad 2>/dev/null'
        sleep 0.05
done
exit 1
EOS
        chmod +x "$BATS_TEST_TMPDIR/check"
        run "$box_here/kill-sweep" --box "$BOX_NAME" --unit lunwatch.service --max "${SWEEP_MAX:-20}" \
                --reset "$BATS_TEST_TMPDIR/swap" --check "$BATS_TEST_TMPDIR/check" -- \
                sh -c 'udevadm trigger --action=change /sys/class/block/sda; udevadm settle'
        echo "$output"
        [[ ${lines[-1]} =~ ^[0-9]+\ runs,\ [1-9][0-9]*\ killed,\ 0\ failed$ ]]
}

vhbad() {
        in_box busctl call org.npivot.vhba1 /org/npivot/vhba1 org.npivot.vhba1.Manager "$@"
}

# A vHBA that is up and expects LUN 0 over two paths.
start_vhba() {
        fc lun map $VHBA $TARGET 0 ${WWID}a 1G
        fc lun map $VHBA $TARGET2 0 ${WWID}a 1G
        vhbad Define 'a{sv}b' 3 Wwpn s $VHBA Wwnn s $WWNN \
                Expect as 1 "0 wwid:${WWID}a paths:2" true
        in_box systemctl start vhba@$VHBA
        until_path_count 20 2
}

# Both paths of a vHBA's LUN go through its HBA, while the box has another.
ONE_HBA=" naa.${WWID}a one-hba"

@test "what a definition expects and is not there is owed, since when, and until it is there" {
        start_vhba
        wait_for 5 debts_are "$VHBA$ONE_HBA"
        listen
        fc lun unmap $VHBA $TARGET2 0
        wait_for 3 debts_are "$VHBA 0 paths"
        fc lun unmap $VHBA $TARGET 0
        wait_for 3 debts_are "$VHBA 0 missing"
        [[ $(guard ListDebt | jq -r '.data[0][0][4]') == *"LUN 0"*"not there behind $VHBA"*zoning* ]]
        [ "$(property Guard DebtCount)" = 1 ]
        since=$(guard ListDebt | jq '.data[0][0][5]')
        [ $((EPOCHSECONDS - since / 1000000)) -lt 60 ]

        wait_for 2 is_stored 'debt.*missing'
        kill_lunwatch
        wait_for 3 debts_are "$VHBA 0 missing"
        [ "$(guard ListDebt | jq '.data[0][0][5]')" = "$since" ]

        fc lun map $VHBA $TARGET 0 ${WWID}b 1G
        until_path_count 20 1
        wait_for 3 debts_are "$VHBA 0 other-wwid"
        fc lun unmap $VHBA $TARGET 0
        fc lun map $VHBA $TARGET 0 ${WWID}a 1G
        fc lun map $VHBA $TARGET2 0 ${WWID}a 1G
        wait_for 20 debts_are "$VHBA$ONE_HBA"
        [ "$(signals DebtChanged | wc -l)" -ge 4 ]
}

@test "a vHBA that is down owes nothing" {
        start_vhba
        wait_for 5 debts_are "$VHBA$ONE_HBA"
        in_box systemctl stop vhba@$VHBA
        until_path_count 20 0
        wait_for 3 debts_are ""
}

@test "without vhbad its last word stays, and nobody starts it" {
        start_vhba
        fc lun unmap $VHBA $TARGET2 0
        wait_for 3 debts_are "$VHBA 0 paths"
        in_box systemctl stop vhbad.service
        fc lun unmap $VHBA $TARGET 0
        wait_for 3 debts_are "$VHBA 0 missing"
        run in_box systemctl is-active vhbad.service
        [ "$output" = inactive ]
        kill_lunwatch
        run in_box systemctl is-active vhbad.service
        [ "$output" = inactive ]
        in_box systemctl start vhbad.service
        wait_for 5 debts_are "$VHBA 0 missing"
}

@test "a path that does not work is owed" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        until_path_count 20 1
        debts_are ""
        fc hba state $HBA Linkdown
        wait_for 5 debts_are "$HBA naa.${WWID}a failed"
        [[ $(guard ListDebt | jq -r '.data[0][0][4]') == *"(port Blocked)"* ]]
        fc hba state $HBA Online
        wait_for 5 debts_are ""
}
