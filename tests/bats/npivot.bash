# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the npivot*.bats have in common: a private bus with the stand-in for the daemons on it, and
# the command under test.

BUILD_DIR=${BUILD_DIR:-$BATS_TEST_DIRNAME/../../build}
GOLDEN_DIR=$BATS_TEST_DIRNAME/../data/npivot

setup() {
        export LC_ALL=C.UTF-8
        start_bus
        start_fake vhbad lunwatch
}

teardown() {
        stop_all
}

# wait_for COMMAND...: until it succeeds, for at most 10 s.
wait_for() {
        local deadline=$((SECONDS + 10))

        until "$@"; do
                if [ $SECONDS -ge $deadline ]; then
                        echo "waited in vain for: $*" >&2
                        return 1
                fi
                sleep 0.02
        done
}

start_bus() {
        local address=unix:path=$BATS_TEST_TMPDIR/bus

        cat >"$BATS_TEST_TMPDIR/bus.conf" <<-EOF
	<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
	 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
	<busconfig>
	  <type>session</type>
	  <listen>$address</listen>
	  <auth>EXTERNAL</auth>
	  <policy context="default">
	    <allow send_destination="*"/>
	    <allow receive_sender="*"/>
	    <allow own="*"/>
	  </policy>
	</busconfig>
	EOF
        dbus-daemon --config-file="$BATS_TEST_TMPDIR/bus.conf" --nofork --nopidfile \
                --print-address=1 >"$BATS_TEST_TMPDIR/bus.log" 3>&- &
        BUS_PID=$!
        # Printed when it listens.
        wait_for test -s "$BATS_TEST_TMPDIR/bus.log"
        export DBUS_SYSTEM_BUS_ADDRESS=$address
}

# start_fake [hostile] NAME...: its pid is in FAKE_PID, what it was asked in $FAKE_LOG.
start_fake() {
        FAKE_LOG=$BATS_TEST_TMPDIR/fake.log
        "$BUILD_DIR/tests/bats/fake-bus" "$@" >"$FAKE_LOG" 3>&- &
        FAKE_PID=$!
        wait_for grep -q ready "$FAKE_LOG"
}

stop_fake() {
        kill "$FAKE_PID"
        wait "$FAKE_PID"
        FAKE_PID=
}

stop_all() {
        local pid

        for pid in ${FAKE_PID-} ${BUS_PID-}; do
                kill "$pid" || true
        done
        wait
}

npivot() {
        "$BUILD_DIR/cli/npivot" "$@"
}

# asked LINE: whether the stand-in was asked exactly that.
asked() {
        grep -qxF -- "$1" "$FAKE_LOG" || { cat "$FAKE_LOG"; return 1; }
}

# never_asked METHOD
never_asked() {
        [ "$(grep -c "^$1 " "$FAKE_LOG")" = 0 ]
}

# golden NAME: compares $output with the file, or writes it with UPDATE_GOLDEN=1.
golden() {
        local file=$GOLDEN_DIR/$1

        # shellcheck disable=SC2154 # bats sets it
        if [ -n "${UPDATE_GOLDEN-}" ]; then
                printf '%s\n' "$output" >"$file"
        fi
        diff -u "$file" <(printf '%s\n' "$output")
}

# on_terminal COMMAND...: as if typed; what a terminal would get, without carriage returns.
on_terminal() {
        script -qec "$(printf '%q ' "$@")" /dev/null </dev/null | tr -d '\r'
}

has_escapes() {
        [[ $1 = *$'\033'* ]]
}

no_escapes() {
        [[ $1 != *$'\033'* ]]
}
