# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What tests of vhbad in a box have in common: a host with two HBAs, no vHBA at the beginning of a
# test, and the words to ask vhbad with. Needs lib.bash.

A=2101001b32a90002
B=2101001b32a90004
WWNN=2001001b32a9da4e
TARGET=500507680b000000
WWID=6001405000000010000400080000000a
NAME=org.npivot.vhba1
ROOT=/org/npivot/vhba1
HBA=/sys/class/fc_host/host0

setup_file() {
        box_require
        cat >"$BATS_FILE_TMPDIR/setup" <<'EOS'
cat >"$1/etc/polkit-1/rules.d/10-npivot-test.rules" <<'X'
polkit.addRule(function(action, subject) {
        if (action.id == "org.npivot.vhba1.manage" && subject.user == "vhbactl" &&
            action.lookup("wwpn") == "2101001b32a90004")
                return polkit.Result.YES;
});
X
EOS
        box_start --hbas 2 --destdir "$(npivot_destdir)" --setup "$BATS_FILE_TMPDIR/setup"
}

setup() {
        [ -s "$BATS_FILE_TMPDIR/box" ] || return 0
        for unit in vhba@$A vhba@$B; do
                in_box systemctl unmask --quiet "$unit" 2>/dev/null
                in_box systemctl disable --quiet "$unit" 2>/dev/null
                in_box systemctl stop "$unit"
        done
        fc reset
        # shellcheck disable=SC2016  # expanded in the box
        in_box sh -c 'rm -rf /etc/npivot/vhba/* /etc/npivot/vhba/.pair; systemctl daemon-reload
                systemctl reset-failed'
        wait_for 10 nobody_is_there
}

nobody_is_there() {
        [ "$(vhba_objects | wc -l)" = 0 ]
}

# Whoever asks only for what is there.
vhba_objects() {
        in_box busctl tree --list $NAME | grep "^$ROOT/vhba/_" || true
}

manager() {
        in_box busctl call $NAME $ROOT $NAME.Manager "$@"
}

define() {
        manager Define 'a{sv}b' 2 Wwpn s "$1" Wwnn s $WWNN "${2:-false}"
}

# vhba WWPN METHOD [SIGNATURE ARGUMENT...]
vhba() {
        local wwpn=$1

        shift
        in_box busctl call $NAME "$ROOT/vhba/_3$wwpn" $NAME.Vhba "$@"
}

# vhba_get WWPN PROPERTY: its value alone
vhba_get() {
        box_get $NAME "$ROOT/vhba/_3$1" $NAME.Vhba "$2"
}

vhba_is() {
        [ "$(vhba_get "$1" "$2")" = "$3" ]
}

# until_vhba SEC WWPN PROPERTY VALUE
until_vhba() {
        box_get $NAME "$ROOT/vhba/_3$2" $NAME.Vhba "$3" "$1" "$4" >/dev/null
}

create_by_hand() {
        write_sysfs $HBA/vport_create "$1:$WWNN"
}

# monitor FILE: all signals of vhbad, until monitor_end.
monitor() {
        in_box busctl monitor --match="type='signal',sender='$NAME'" >"$1" 2>&1 3>&- &
        MONITOR=$!
        wait_for 10 grep -q Monitoring "$1"
}

monitor_end() {
        kill "$MONITOR"
        wait "$MONITOR" || true
}

# announced FILE WWPN PROPERTY: in a PropertiesChanged
announced() {
        awk -v path="$ROOT/vhba/_3$2" -v property="\"$3\"" '
                /Type=signal/ { ours = 0 }
                /PropertiesChanged/ && index($0, path) { ours = 1 }
                ours && /STRING/ && index($0, property) { found = 1 }
                END { exit !found }' "$1"
}
