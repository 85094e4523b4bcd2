# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Boxes for bats files: "load lib" (or load ../box/lib), box_start in setup_file (one box for all
# tests of the file) or in setup (one a test). Gone afterwards whatever happens; a failed test shows
# the box's journal. README.md beside this file has the rest.

box_here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
: "${BUILD_DIR:=$box_here/../../build}"
export BUILD_DIR
box_helpers=$(realpath -m "$BUILD_DIR")/tests/box
box_states=${NPIVOT_BOX_STATE:-/run/npivot-box}

box() {
        "$box_here/box" "$@"
}

# Skips a test, with the reason, where a box cannot be. bats cannot skip in setup_file: run-bats
# looks before it runs a file at all.
box_require() {
        local why

        why=$(box check) || skip "${why#skip: }"
}

# box_start [OPTIONS of box start]: BOX_NAME is its name from now on.
box_start() {
        local place=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}

        box_require
        BOX_NAME=t$BATS_ROOT_PID-$(basename "$BATS_TEST_FILENAME" .bats)
        [ -z "${BATS_TEST_TMPDIR-}" ] || BOX_NAME+=-$BATS_TEST_NUMBER
        export BOX_NAME
        echo "$BOX_NAME" >"$place/box"
        box start "$BOX_NAME" "$@"
}

# The tree of "meson install", made once a run: box_start --destdir "$(npivot_destdir)".
npivot_destdir() {
        local destdir=$BATS_RUN_TMPDIR/destdir

        (
                flock 9
                [ -d "$destdir" ] || DESTDIR=$destdir meson install -C "$BUILD_DIR" --no-rebuild --quiet >&2
        ) 9>"$destdir.lock"
        echo "$destdir"
}

in_box() {
        "$box_helpers/box-enter" "$box_states/$BOX_NAME" "$@"
}

# box_get SERVICE OBJECT INTERFACE PROPERTY [SEC VALUE...]: a property on the box's bus; with values, once
# it is one of them
box_get() {
        [ $# -lt 6 ] || set -- "${@:1:4}" "$(patience "$5")" "${@:6}"
        "$box_helpers/box-get" "$box_states/$BOX_NAME" "$@"
}

# patience SEC: a deadline is no measure of speed, and others may be busy
patience() {
        echo $(($1 < 10 ? $1 : $1 * 3))
}

# into_box FILE...: programs of the tests, into /run
into_box() {
        install -m 755 "$@" "$(box_root)/run"
}

# Where the box's root directory is seen from here.
box_root() {
        echo "/proc/$(<"$box_states/$BOX_NAME/leader")/root"
}

in_box_as() {
        box run "$BOX_NAME" -u "$@"
}

# The box's HBAs, vports and LUNs: fc list, fc lun map …
fc() {
        FC_SOCKET=$box_states/$BOX_NAME/fc.socket "$box_helpers/fc-ctl" "$@"
}

# The words of in_box and of fc, for whoever runs a command that is a text.
in_box_words() {
        echo "$box_helpers/box-enter $box_states/$BOX_NAME"
}

fc_words() {
        echo "env FC_SOCKET=$box_states/$BOX_NAME/fc.socket $box_helpers/fc-ctl"
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over. Asks less and less often:
# who asks takes time from those who are waited for.
wait_for() {
        local begin=${EPOCHREALTIME/./} sec msec=20 time
        sec=$(patience "$1")
        shift

        until "$@" >/dev/null 2>&1; do
                ((${EPOCHREALTIME/./} - begin < sec * 1000000)) || {
                        echo "not within $sec s: $*"
                        return 1
                }
                printf -v time 0.%03d $msec
                sleep "$time"
                ((msec >= 200)) || msec=$((msec + 20))
        done
}

# write_sysfs FILE TEXT: in the box, in one write(2); prints the errno's name if it fails.
write_sysfs() {
        # shellcheck disable=SC2016  # expanded in the box
        in_box python3 -c 'import errno, os, sys
try:
        os.write(os.open(sys.argv[1], os.O_WRONLY), sys.argv[2].encode())
except OSError as e:
        sys.exit(errno.errorcode[e.errno])' "$1" "$2"
}

box_end() {
        [ ! -s "$1/box" ] || box kill "$(<"$1/box")"
}

box_teardown() {
        if [ -z "${BATS_TEST_COMPLETED-}" ] && [ -z "${BATS_TEST_SKIPPED-}" ] && [ -n "${BOX_NAME-}" ]; then
                echo "--- journal of box $BOX_NAME"
                in_box journalctl --boot --no-pager --lines=60 || box log "$BOX_NAME" || true
        fi
        box_end "$BATS_TEST_TMPDIR"
}

teardown() {
        box_teardown
}

teardown_file() {
        box_end "$BATS_FILE_TMPDIR"
}
