# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the tests of mirrors say: QEMU's storage daemon as a stand-in for a QEMU without a guest (the
# same block layer, jobs and NBD), its monitor, relays. Everything is in $DIR and gone afterwards.

SOURCE_DIR=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
: "${BUILD_DIR:=$SOURCE_DIR/build}"
RELAY=$BUILD_DIR/mirrord/mirror-relay
VERIFY=$BUILD_DIR/mirrord/mirror-verify

mirror_missing() {
        local program

        for program in qemu-storage-daemon qemu-img nbdcopy socat jq certtool; do
                command -v "$program" >/dev/null || { echo "$program is not installed"; return 0; }
        done
        [ -x "$RELAY" ] || { echo "mirror-relay is not built"; return 0; }
        [ -x "$VERIFY" ] || { echo "mirror-verify is not built"; return 0; }
        return 1
}

mirror_setup() {
        ! MISSING=$(mirror_missing) || skip "$MISSING"
        DIR=$(mktemp -d /tmp/npivot-mirror.XXXXXX)
        PIDS=()
}

mirror_teardown() {
        [ -n "${DIR:-}" ] || return 0
        if [ -z "${BATS_TEST_COMPLETED:-}" ]; then
                tail -n 20 "$DIR"/*.log >&2 || true
        fi
        [ ${#PIDS[@]} = 0 ] || kill -KILL "${PIDS[@]}" 2>/dev/null || true
        rm -rf "$DIR"
}

# begin NAME COMMAND...: in the background, by ${RUN[@]}; its log is NAME.log, its number PID[NAME]
declare -gA PID
declare -ga RUN=()
begin() {
        local name=$1
        shift
        "${RUN[@]}" "$@" >"$DIR/$name.log" 2>&1 3>&- </dev/null &
        PID[$name]=$!
        PIDS+=($!)
}

# wait_for SEC COMMAND...: until it succeeds
wait_for() {
        local end=$((SECONDS + 1 + $1)) msec=20 time output
        shift
        until output=$("$@" 2>&1); do
                if [ $SECONDS -ge $end ]; then
                        printf 'never true: %s\n%s\n' "$*" "$output" >&2
                        return 1
                fi
                printf -v time 0.%03d $msec
                sleep "$time"
                ((msec >= 200)) || msec=$((msec + 20))
        done
}

# ends NAME [STATUS]: it ends by itself, with this exit status
ends() {
        local status=0 end=$((SECONDS + 20))

        while jobs -rp | grep -qx "${PID[$1]}"; do
                [ $SECONDS -lt $end ] || { echo "$1 does not end" >&2; return 1; }
                sleep 0.02
        done
        wait "${PID[$1]}" || status=$?
        [ "$status" = "${2:-0}" ] || { echo "$1 has ended with $status" >&2; return 1; }
}

# qemu NAME [OPTION...]: a storage daemon with a monitor at NAME.qmp
qemu() {
        begin "$1" qemu-storage-daemon --chardev "socket,id=m,path=$DIR/$1.qmp,server=on,wait=off" \
                --monitor chardev=m "${@:2}"
        wait_for 10 test -S "$DIR/$1.qmp"
        # It answers once all of its options are carried out.
        wait_for 10 qmp "$1" '{"execute":"query-block-jobs"}'
}

# qmp NAME JSON: the answer
qmp() {
        "$BUILD_DIR/tests/box/qmp-ask" "$DIR/$1.qmp" "$2"
}

# write_conf NAME SECTION SOCKET-KEY SIDE SOCKET PORTS [KEY=VALUE...]: with the key of this test
# unless said otherwise
write_conf() {
        local line

        [ -n "${KEY:-}" ] || KEY=$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
        {
                printf '[%s]\n%s=%s\nSide=%s\nAddress=%s\nPorts=%s\n' "$2" "$3" "$DIR/$5" "$4" "${ADDRESS:-127.0.0.1}" "$6"
                [[ " ${*:7}" = *" Tls="* ]] || echo "Key=$KEY"
                for line in "${@:7}"; do echo "$line"; done
        } >"$DIR/$1.conf"
        chmod 600 "$DIR/$1.conf"
}

# relay NAME SIDE SOCKET PORTS [KEY=VALUE...]
relay() {
        local name=$1

        write_conf "$name" Relay Socket "${@:2}"
        NPIVOT_LOG_LEVEL=debug begin "$name" "$RELAY" "$DIR/$name.conf" "$DIR/$name.control"
        wait_for 10 grep -qE 'listening|waiting|Cannot' "$DIR/$name.log"
}

# verifier NAME SIDE SOCKET PORTS [KEY=VALUE...]: of the export vda
verifier() {
        local name=$1

        write_conf "$name" Verify Export "${@:2}" Name=vda
        NPIVOT_LOG_LEVEL=debug begin "$name" "$VERIFY" "$DIR/$name.conf" "$DIR/$name.control"
        wait_for 10 grep -qE 'listening|running|not the same|Cannot' "$DIR/$name.log"
}

# ask NAME REQUEST: of a relay or a verifier
ask() {
        printf '%s' "$2" | socat -t 2 - "UNIX-CONNECT:$DIR/$1.control,type=5"
}

# field NAME N: of its status; 2 the state, 3 the port, 4 and 5 a relay's bytes there and back, a
# verifier's done and in all, 6 to 8 its blocks different, unsettled, and untold of those
field() {
        ask "$1" status | cut -d' ' -f"$2"
}

state_is() {
        [ "$(field "$1" 2)" = "$2" ]
}

# pattern FILE SIZE: bytes that are nowhere the same
pattern() {
        head -c "$2" /dev/zero | openssl enc -aes-128-ctr -pass pass:npivot -nosalt -pbkdf2 >"$1"
}

# ports: a range that nobody else uses here
free_ports() {
        echo "$((20000 + BASHPID % 20000))-$((20000 + BASHPID % 20000 + 20))"
}

# have_come NAME PORT N: so many to its port, of whom it may have turned away some by now
have_come() {
        local here gone

        here=$(ss -Htn state established "sport = :$2" | wc -l)
        gone=$(grep -c "Turned somebody away" "$DIR/$1.log")
        ((here + gone >= $3))
}
