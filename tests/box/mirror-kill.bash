# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Kills of mirrord and of relays under a mirror of a guest's disks: at steps by name, and at system calls.
# Needs mirror.bash, target.bash and mirror-guest.bash. $JOB is the job's object, $QEMU the title of the QEMU.

# kill_victim VICTIM: mirrord, or a relay of vda, on this host or on the other; false: there is none
kill_victim() {
        case $1 in
        mirrord) in_box systemctl kill -s KILL mirrord ;;
        here) in_box systemctl kill -s KILL "mirror-relay@${JOB##*/}-vda" ;;
        there) in_box systemctl kill -s KILL mirror-relay@target-vda ;;
        esac
}

# reach_step STEP: a job that is at it, or just past it
reach_step() {
        local speed=2000000

        [[ $1 != @(ready|switching) ]] || speed=0
        JOB=$(begin 1 Speed t $speed)
        case $1 in
        relay) wait_for 20 first_disk_is relay copying ;;
        copying | ready) until_state 20 "$1" ;;
        switching)
                until_state 20 ready
                qmp source '{"execute":"stop"}'
                tell Switch
                ;;
        aborting)
                until_state 20 copying
                tell Abort
                ;;
        esac
}

# come_to_the_end STEP VICTIM: nobody but a relay fails a mirror; a mirrord that comes next goes on
come_to_the_end() {
        if [ "$1" = aborting ]; then
                until_state 20 cancelled
        elif [ "$1" = switching ]; then
                wait_for 20 has_ended
                [ "$2" != mirrord ] || state_is "done"
        elif [ "$2" = mirrord ]; then
                wait_for 10 tell SetSpeed t 0
                until_state 20 ready
                qmp source '{"execute":"stop"}'
                tell Switch
                until_state 20 "done"
        else
                failed_with "vd?: ?*"
        fi
        ! state_is "done" || images_are_same
        qmp source '{"execute":"cont"}'
        wait_for 15 is_clean
}

# sweep OPTION UNIT MAX CHECK: at system calls, spread over a mirror from Start to done; unit or started,
# of kill-sweep. They are the same with any QEMU: in the suite it is the machine's that has most of them.
sweep() {
        local round="$BATS_TEST_DIRNAME/mirror-guest-round" max=$3

        [ "$QEMU" != "QEMU 10" ] || max=1
        target_up
        into_box "$BATS_TEST_DIRNAME/mirror-until-done" "$box_helpers/box-get"
        run "$BATS_TEST_DIRNAME/kill-sweep" --box "$BOX_NAME" "--$1" "$2" --max "${SWEEP_MAX:-$max}" \
                --reset "'$round' reset" --check "'$round' $4" -- /run/mirror-until-done "$SIZE_BYTES" \
                "printf '%s\n' '{\"execute\":\"qmp_capabilities\"}' '{\"execute\":\"stop\"}' | socat -t 10 - UNIX-CONNECT:$DIR/source.test >/dev/null"
        # shellcheck disable=SC2154  # of run
        echo "$output"
        # shellcheck disable=SC2154
        [ "$status" = 0 ]
        qmp source '{"execute":"cont"}'
        guest_is_whole
}
