# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A host of many paths for tests and measures: a tree in a tmpfs that stands in for /sys, udev's
# database and /dev, a bus of its own, and the real lunwatch on them. To be used as root inside
# `unshare --mount --net --propagation private` (run-bats sees to it): nothing of it is seen outside.

SCALE_DIR=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
: "${BUILD_DIR:=$(readlink -f "$SCALE_DIR/../../build")}"
TOOLS=$BUILD_DIR/tests/scale
LUNWATCH_MANAGER=(org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1.Manager)

# until_true SECONDS COMMAND...: fails when it never was. Asks less and less often: a look at all paths is
# work, too.
until_true() {
        local end=$((SECONDS + 1 + $1)) msec=20 time
        shift

        until "$@"; do
                ((SECONDS < end)) || { echo "never true: $*" >&2; return 1; }
                printf -v time 0.%03d $msec
                sleep "$time"
                ((msec >= 300)) || msec=$((msec * 2))
        done
}

# host_start: HOST is a tmpfs of its own, the bus is there.
host_start() {
        HOST=$(mktemp -d -p /tmp npivot-scale-XXXXXX)
        mount -t tmpfs -o mode=755 tmpfs "$HOST"
        # lunwatch keeps what it must not forget below /run.
        mkdir "$HOST/run"
        cat >"$HOST/bus.conf" <<EOF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
    <type>system</type>
    <listen>unix:path=$HOST/bus</listen>
    <policy context="default">
        <allow own="*"/>
        <allow send_destination="*"/>
        <allow receive_sender="*"/>
    </policy>
</busconfig>
EOF
        export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$HOST/bus
        dbus-daemon --config-file="$HOST/bus.conf" --nofork --nopidfile </dev/null >/dev/null 2>&1 3>&- &
        BUS_PID=$!
        until_true 10 test -S "$HOST/bus"
}

host_stop() {
        lunwatch_end KILL
        kill "$BUS_PID" ${FOLLOWER_PID:+"$FOLLOWER_PID"} 2>/dev/null || true
        umount --lazy "$HOST"
        rmdir "$HOST"
}

# tree_make HOSTS TARGETS LUNS [full]: ROOT is a tree with so many paths.
tree_make() {
        SHAPE=("${@:1:3}")
        ROOT=$HOST/tree
        rm -rf "$ROOT"
        mkdir "$ROOT"
        "$TOOLS/lun-tree" "$ROOT" "$@"
}

# lunwatch_start: $LUNWATCH_PREFIX may be words before the program; in a mount namespace below this one, so that everything else has the real /sys.
lunwatch_start() {
        # shellcheck disable=SC2016  # expanded in there
        unshare --mount --propagation private bash -c 'mount --bind "$1/sys" /sys
                mount --bind "$2" /run && mkdir -p /run/udev /run/npivot/lunwatch
                mount --bind "$1/run/udev" /run/udev
                export RUNTIME_DIRECTORY=/run/npivot/lunwatch SYSTEMD_DEVICE_VERIFY_SYSFS=0
                exec ${LUNWATCH_PREFIX-} "$3"' - "$ROOT" "$HOST/run" "$BUILD_DIR/lunwatch/lunwatch" \
                </dev/null >>"$HOST/lunwatch.log" 2>&1 3>&- &
        LUNWATCH_PID=$!
        until_true 20 lunwatch_answers
}

lunwatch_answers() {
        manager get-property PathCount >/dev/null
}

# lunwatch_end SIGNAL
lunwatch_end() {
        [ -n "${LUNWATCH_PID-}" ] || return 0
        kill "-$1" "$LUNWATCH_PID" 2>/dev/null || true
        wait "$LUNWATCH_PID" 2>/dev/null || true
        LUNWATCH_PID=
}

lunwatch_kb() {
        awk '/^VmRSS/ { print $2 }' "/proc/$LUNWATCH_PID/status"
}

# manager VERB MEMBER [SIGNATURE ARGUMENT...]: busctl
manager() {
        busctl --address="$DBUS_SYSTEM_BUS_ADDRESS" "$1" "${LUNWATCH_MANAGER[@]}" "${@:2}" 2>/dev/null
}

path_count() {
        manager get-property PathCount | cut -d' ' -f2
}

# What sysfs has, and what lunwatch has, each sorted: in $HOST/walk and $HOST/list.
compare_all() {
        "$TOOLS/lun-walk" "$ROOT" | sort >"$HOST/walk"
        "$TOOLS/lun-ask" list | sort >"$HOST/list"
        cmp -s "$HOST/walk" "$HOST/list"
}

# storm_start PER-SECOND SEED; storm COUNT (and storm_end) then: returns when it is over
storm_start() {
        coproc STORM { exec "$TOOLS/lun-storm" "$ROOT" "${SHAPE[@]}" "$@" 3>&-; }
}

storm_begin() {
        echo "$1" >&"${STORM[1]}"
}

storm_end() {
        read -r -t 60 <&"${STORM[0]}"
}

storm() {
        storm_begin "$1" && storm_end
}

# follower_start: a subscriber. What it believes is in $HOST/followed after follower_agrees.
follower_start() {
        "$TOOLS/lun-follow" "$HOST/followed" </dev/null >"$HOST/follow.log" 2>&1 3>&- &
        FOLLOWER_PID=$!
}

# With what compare_all has found last.
follower_agrees() {
        rm -f "$HOST/followed.new" "$HOST/followed"
        kill -USR1 "$FOLLOWER_PID"
        until_true 10 test -e "$HOST/followed"
        sort "$HOST/followed" >"$HOST/followed.sorted"
        cmp -s "$HOST/walk" "$HOST/followed.sorted"
}

show_difference() {
        diff "$HOST/walk" "$HOST/${1:-list}" | cut -c1-200 | head -n 20
}
