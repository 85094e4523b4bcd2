#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunwatch's jobs and lun-act on a real systemd, bus and polkit: who may ask for what, what is
# refused and how, and what is left when lunwatch is killed. There are no real disks here: scanning
# and removing them is in tests/fabric.

bats_require_minimum_version 1.5.0
load lib

HBA=100000109b000000
TARGET=500507680b000000
WWID=naa.6001405000000010000400080000000
NAME=org.npivot.lunwatch1
ROOT=/org/npivot/lunwatch1

setup_file() {
        box_start --hbas 1 --destdir "$(npivot_destdir)"
}

setup() {
        [ -s "$BATS_FILE_TMPDIR/box" ] || return 0
        fc reset
        in_box systemctl start lunwatch.service
        until_path_count 10 0
}

bus() {
        in_box busctl --json=short "$@"
}

as_nobody() {
        in_box setpriv --reuid nobody --regid nogroup --clear-groups "$@"
}

# until_path_count SEC COUNT
until_path_count() {
        box_get $NAME $ROOT $NAME.Manager PathCount "$@" >/dev/null
}

# jobs METHOD SIGNATURE ARGUMENT...: the job's object, or the error
jobs() {
        local answer

        answer=$(bus call $NAME $ROOT $NAME.Jobs "$@") || return
        jq -r '.data[0]' <<<"$answer"
}

job() {
        box_get $NAME "$1" $NAME.Job "$2"
}

job_has_ended() {
        [ "$(job "$1" State)" != running ]
}

@test "a wait is a job that ends when the LUN comes, with its path as the result" {
        local object
        object=$(jobs WaitFor 'a{sv}t' 2 Initiator s $HBA Lun t 4 30000000)
        [ "$(job "$object" State)" = running ]
        [ "$(job "$object" Subject)" = "LUN 4 behind $HBA" ]
        [ "$(job "$object" Owner)" = 0 ]

        fc lun map $HBA $TARGET 4 ${WWID#naa.} 1G
        wait_for 10 job_has_ended "$object"
        [ "$(job "$object" State)" = "done" ]
        [ "$(bus get-property $NAME "$object" $NAME.Job Result | jq '.data.Paths.data | length')" = 1 ]
        # It is among the objects of the manager.
        bus call $NAME $ROOT/job org.freedesktop.DBus.ObjectManager GetManagedObjects |
                jq -e --arg object "$object" '.data[0][$object]["org.npivot.lunwatch1.Job"].State.data == "done"'
}

@test "everybody may wait, and nobody but root and polkit's friends may scan, remove or inspect" {
        fc lun map $HBA $TARGET 0 ${WWID#naa.} 1G
        until_path_count 10 1
        as_nobody busctl call $NAME $ROOT $NAME.Jobs WaitFor 'a{sv}t' 1 Initiator s $HBA 1000000

        for call in "Rescan a{sv}t 1 Initiator s $HBA 1000000" "Remove sa{sv} $WWID 0" "Inspect s $WWID"; do
                # shellcheck disable=SC2086 # words
                run ! as_nobody busctl call $NAME $ROOT $NAME.Jobs $call
                [[ $output = *"Interactive authentication required"* || $output = *"polkit refuses"* ]]
        done
        [ "$(jobs Inspect s $WWID)" != "" ]
}

@test "who may not begin a job cannot cancel it, and sees of an inspection that it is there" {
        local wait inspection
        fc lun map $HBA $TARGET 0 ${WWID#naa.} 1G
        until_path_count 10 1
        wait=$(jobs WaitFor 'a{sv}t' 2 Initiator s $HBA Lun t 9 30000000)
        run ! as_nobody busctl call $NAME "$wait" $NAME.Job Cancel
        [ "$(job "$wait" State)" = running ]
        bus call $NAME "$wait" $NAME.Job Cancel
        [ "$(job "$wait" State) $(job "$wait" Cause)" = "cancelled cancelled" ]

        inspection=$(jobs Inspect s $WWID)
        wait_for 20 job_has_ended "$inspection"
        run as_nobody busctl --json=short get-property $NAME "$inspection" $NAME.Job Result
        [ "$(jq -c .data <<<"$output")" = "{}" ]
        run bus get-property $NAME "$inspection" $NAME.Job Result
        [ "$(jq -c '.data | keys' <<<"$output")" = '["Uses"]' ]
}

@test "a user has sixteen jobs at once, and the seventeenth is refused in words" {
        in_box sh -c 'for i in $(seq 16); do
                setpriv --reuid nobody --regid nogroup --clear-groups busctl call '$NAME' '$ROOT' '$NAME'.Jobs \
                        WaitFor "a{sv}t" 1 Initiator s 2101001b32a90004 60000000 || exit
        done' >/dev/null
        run ! as_nobody busctl call $NAME $ROOT $NAME.Jobs WaitFor 'a{sv}t' 1 Initiator s $HBA 1000000
        [[ $output = *"You have 16 jobs running already"* ]]
        jobs WaitFor 'a{sv}t' 1 Initiator s $HBA 1000000
        in_box systemctl restart lunwatch
}

@test "what cannot be asked for is refused with the reason" {
        check() {
                run ! bus call $NAME $ROOT $NAME.Jobs "${@:2}"
                [[ $output = *"$1"* ]] || { echo "$output"; return 1; }
        }
        check "Wait for what?" WaitFor 'a{sv}t' 0 1000000
        check "Gone goes with neither" WaitFor 'a{sv}t' 3 Initiator s $HBA Gone b true Paths u 2 1000000
        check "is nothing to wait for" WaitFor 'a{sv}t' 1 Colour s red 1000000
        check "value of another type" WaitFor 'a{sv}t' 1 Initiator u 5 1000000
        check "not the name of a port" WaitFor 'a{sv}t' 1 Initiator s red 1000000
        check "1 us to an hour" WaitFor 'a{sv}t' 1 Initiator s $HBA 0
        check "1 us to an hour" WaitFor 'a{sv}t' 1 Initiator s $HBA 3600000001
        check "Name the Initiator" Rescan 'a{sv}t' 1 Target s $TARGET 1000000
        check "does not say where to scan" Rescan 'a{sv}t' 1 Wwid s x 1000000
        check "is no LUN, path or map here" Remove 'sa{sv}' sdzz 0
        check "There is no option" Remove 'sa{sv}' sdzz 1 Gently b true
        check "is no LUN, path or map here" Inspect s sdzz
}

@test "lun-act answers root alone, one line for one request, and says what is wrong with it" {
        local socket=/run/npivot/act
        ask() {
                in_box sh -c "printf '$1' | socat -t 10 - UNIX-CONNECT:$socket"
        }
        in_box systemctl is-active lun-act.socket
        run ! as_nobody socat -u OPEN:/dev/null UNIX-CONNECT:$socket
        [[ $output = *"Permission denied"* ]]
        [ "$(ask 'format\t1\tsda\n')" = "$(printf 'error\thelper-failed\tUnknown verb: inspect, rescan, reread, remove and remove-open are known.')" ]
        [ "$(ask 'inspect\t1000\tsdzz\n')" = "$(printf 'error\tno-such-object\tThere is no block device sdzz here.')" ]
        [[ $(ask 'remove\t1000\tnaa.6\t-\t9:9:9:9\n') = *"no-such-object"*"9:9:9:9 has gone meanwhile." ]]
        [[ $(ask 'reread\t1000\t9:9:9:9\n') = "done" ]]
}

@test "a waiting command goes on over a kill -9 of lunwatch" {
        in_box sh -c "npivot lun wait $HBA 6 --timeout 60 >/run/waited 2>&1; echo rc \$? >>/run/waited" &
        wait_for 10 has_jobs 1
        in_box systemctl kill -s KILL lunwatch
        wait_for 10 has_jobs 1
        fc lun map $HBA $TARGET 6 ${WWID#naa.} 1G
        wait %1
        run in_box cat /run/waited
        [[ $output = *"lun 6"*"rc 0"* ]]
}

has_jobs() {
        [ "$(bus call $NAME $ROOT/job org.freedesktop.DBus.ObjectManager GetManagedObjects |
                jq '.data[0] | length')" = "$1" ]
}
