# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests on the fabric say: a fabric, hosts and targets, commands on them, waiting. One set
# serves a whole bats file:
#
#   load lib
#   setup_file() {
#           fabric_is_possible || return 0
#           fabric_start
#           in_parallel 'target_start array --lun red:64M:1a01 --map WWPN:0=red' 'host_start a'
#   }
#   setup() { fabric_skip_unless_possible; }
#   teardown() { fabric_keep_evidence; }
#   teardown_file() { fabric_stop; }
#
# Each file has a folder of its own for all that runs, so two can run at once, and what a file
# started is gone when it ends. Its job ends with starting, asking and waiting: what is right is
# for the tests to say.

. "${BASH_SOURCE[0]%/*}/env.bash"

# Programs of another build of the switch, for those who work on it.
: "${NPIVOT_LAB_SWITCH:=$BUILD_DIR/tests/fabric/switch}"

vm() {
        "$LAB_DIR/vm" "$@"
}

# In setup_file. Old bats cannot skip there, so each test does (below) and says why.
fabric_is_possible() {
        local program

        FABRIC_MISSING=
        for program in "$NPIVOT_LAB_SWITCH"/fabric-{switch,ctl} "$BUILD_DIR/tests/fabric/lab-exec"; do
                [ -x "$program" ] || FABRIC_MISSING="${program##*/} is not built"
        done
        for program in qemu-system-x86_64 mmdebstrap socat; do
                command -v "$program" >/dev/null || FABRIC_MISSING="$program is not installed"
        done
        export FABRIC_MISSING
        [ -z "$FABRIC_MISSING" ]
}

fabric_skip_unless_possible() {
        [ -z "$FABRIC_MISSING" ] || skip "$FABRIC_MISSING"
}

# fabric_start [NAME [SWITCH OPTION]...]: a switch; its name is "fabric" unless said otherwise
fabric_start() {
        local switch=${1:-fabric}

        if [ -z "${FABRIC_RUN:-}" ]; then
                # Short: sockets live there, and their paths may have 107 characters.
                FABRIC_RUN=$(mktemp -d /tmp/npivot-fabric.XXXXXX)
                NPIVOT_LAB_RUN=$FABRIC_RUN/vm
                NPIVOT_LAB_LAYER_LAB=$("$LAB_DIR/layer" lab) || return
                NPIVOT_LAB_LAYER_NPIVOT=$("$LAB_DIR/layer" npivot) || return
                export FABRIC_RUN NPIVOT_LAB_RUN NPIVOT_LAB_LAYER_LAB NPIVOT_LAB_LAYER_NPIVOT
        fi

        # Bats waits for whoever has its descriptors open.
        "$NPIVOT_LAB_SWITCH/fabric-switch" -l "$FABRIC_RUN/$switch" \
                -c "$FABRIC_RUN/$switch.control" "${@:2}" \
                </dev/null >"$FABRIC_RUN/$switch.log" 2>&1 3>&- &
        echo $! >"$FABRIC_RUN/$switch.pid"
        wait_for 10 test -S "$FABRIC_RUN/$switch" -a -S "$FABRIC_RUN/$switch.control" || {
                cat "$FABRIC_RUN/$switch.log" >&2
                return 1
        }
}

# fabric COMMAND...: ask the switch, or tell it. FABRIC=NAME for one that has another name.
fabric() {
        "$NPIVOT_LAB_SWITCH/fabric-ctl" "$FABRIC_RUN/${FABRIC:-fabric}.control" "$@"
}

# start NAME [OPTION of vm start]...: with an HBA on the fabric, unless switches are named
start() {
        local switches=(--switch "$FABRIC_RUN/fabric")

        [[ " $* " != *" --switch "* ]] || switches=()
        vm start "$1" "${switches[@]}" "${@:2}" || {
                fabric_keep_evidence_of "start of $1"
                return 1
        }
}

# host_start NAME [OPTION of vm start]...: a virtualization host. Returns when its HBAs are online.
host_start() {
        start "$@" && hbas_online "$1"
}

# target_start NAME [--switch SOCKET]... [OPTION of target up]...: an array that hosts see as the
# options say, with a target port on each switch named
target_start() {
        local name=$1 cards=()
        shift

        while [ "${1-}" = --switch ]; do
                cards+=("$1" "$2")
                shift 2
        done
        start "$name" --no-fcoe --no-npivot --ephemeral "${cards[@]}" &&
                on "$name" target up "$@" && hbas_online "$name"
}

hbas_online() {
        # shellcheck disable=SC2016 # for the guest's shell
        vm wait "$1" '[ "$(cat /sys/class/fc_host/*/port_state | sort -u)" = Online ]' 180
}

# on NAME COMMAND...: as vm exec; the time (60 s) may be set with ON_TIMEOUT. Without vm: programs that
# start cost more than what they ask.
on() {
        local name=$1 command=$2

        [ $# -le 2 ] || printf -v command '%q ' "${@:2}"
        "$BUILD_DIR/tests/fabric/lab-exec" -t "${ON_TIMEOUT:-60}" "$NPIVOT_LAB_RUN/$name" "$command"
}

# wwpn NAME [N]: as vm wwpn, which is asked once
wwpn() {
        local file=$FABRIC_RUN/wwpn-$1-${2:-0}

        [ -s "$file" ] || vm wwpn "$@" >"$file"
        echo "$(<"$file")"
}

# patience SEC: a deadline is no measure of speed, and the hosts are emulated
patience() {
        echo $(($1 < 10 ? $1 : $1 * 3))
}

# wait_for SEC COMMAND...: until it succeeds; its last output is shown if it never does. Asks less and
# less often: who asks takes time from those who are waited for.
wait_for() {
        local end msec=100 time output
        end=$((SECONDS + 1 + $(patience "$1"))) # SECONDS counts whole ones
        shift

        until output=$("$@" 2>&1); do
                if [ $SECONDS -ge $end ]; then
                        printf 'never true: %s\n%s\n' "$*" "$output" >&2
                        return 1
                fi
                printf -v time 0.%03d $msec
                sleep "$time"
                ((msec >= 500)) || msec=$((msec + 50))
        done
}

# wait_on SEC NAME TEXT: until shell text succeeds in a guest
wait_on() {
        vm wait "$2" "$3" "$(patience "$1")"
}

# in_parallel TEXT...: each a command; all are waited for, and all must succeed
in_parallel() {
        local text pid pids=() failed=0

        for text; do
                eval "$text" &
                pids+=($!)
        done
        for pid in "${pids[@]}"; do
                wait "$pid" || failed=1
        done
        return $failed
}

# After each test: if it failed, keep what may explain it.
fabric_keep_evidence() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || [ -n "${BATS_TEST_SKIPPED:-}" ] ||
                fabric_keep_evidence_of "$BATS_TEST_NUMBER $BATS_TEST_DESCRIPTION"
}

fabric_keep_evidence_of() {
        local guest folder

        [ -n "${FABRIC_RUN:-}" ] || return 0
        folder=$BUILD_DIR/lab/fabric/$(basename "$BATS_TEST_FILENAME" .bats)
        folder+=/$(tr -cs 'a-zA-Z0-9' - <<<"$1" | sed 's/-$//')
        rm -rf "$folder"
        mkdir -p "$folder"
        cp "$FABRIC_RUN"/*.log "$folder/" 2>/dev/null || true
        for guest in "$NPIVOT_LAB_RUN"/*/; do
                [ ! -e "$guest/machine" ] || vm dump "$(basename "$guest")" "$folder" || true
        done
        echo "consoles, journals and FC state are in $folder" >&2
}

# Ends all that this file has started, whatever state it is in.
fabric_stop() {
        local guest pid

        [ -n "${FABRIC_RUN:-}" ] || return 0
        for guest in "$NPIVOT_LAB_RUN"/*/; do
                [ ! -d "$guest" ] || vm forget "$(basename "$guest")" || true
        done
        for pid in "$FABRIC_RUN"/*.pid; do
                [ ! -e "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true
        done
        rm -rf "$FABRIC_RUN"
}
