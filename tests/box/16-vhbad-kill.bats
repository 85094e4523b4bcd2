#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vhbad that is killed, at any system call too, and a systemd that is replaced: nothing is lost.

# Constants of vhbad.bash, without blanks: $NAME, $ROOT, $A, $B.
# shellcheck disable=SC2086,SC2153
load lib
load vhbad

is_another() {
        ! in_box busctl status $NAME | grep -qx "PID=$1"
}

@test "a vHBA is still known after its daemon was killed" {
        define $B
        vhba $B SetAutostart b true
        vhba $B Create
        until_vhba 10 $B UnitState active
        until_vhba 10 $B ScsiHost host2
        in_box busctl call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects >"$BATS_TEST_TMPDIR/before"

        for _ in 1 2 3; do
                pid=$(in_box systemctl show -P MainPID vhbad)
                in_box systemctl kill --kill-whom=main --signal=KILL vhbad
                # What is sent to the one that dies is lost with it.
                wait_for 10 is_another "$pid"
                in_box busctl call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects >"$BATS_TEST_TMPDIR/after"
                diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
        done
        in_box systemctl restart vhbad
        in_box busctl call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects |
                diff "$BATS_TEST_TMPDIR/before" -
}

@test "a systemd that was replaced is followed again" {
        define $B
        in_box systemctl daemon-reexec
        in_box systemctl enable vhba@$B
        until_vhba 10 $B Autostart true
        in_box systemctl start vhba@$B
        until_vhba 10 $B UnitState active
}

sweep() {
        "$BATS_TEST_DIRNAME/kill-sweep" --box "$BOX_NAME" --unit vhbad.service --max "${SWEEP_MAX:-20}" \
                --reset "$1" --check "$2" -- busctl call "${@:3}"
}

@test "killed at any system call of Define: the file is old, new or not there" {
        local box
        box=$(in_box_words)

        sweep "$box rm -f /etc/npivot/vhba/$B.conf" \
                "$box busctl get-property $NAME $ROOT $NAME.Manager BadDefinitions | grep -qx 'a(sus) 0' &&
                $box sh -c '! test -e /etc/npivot/vhba/$B.conf || grep -q Wwnn=$WWNN /etc/npivot/vhba/$B.conf'" \
                $NAME $ROOT $NAME.Manager Define 'a{sv}b' 2 Wwpn s $B Wwnn s $WWNN false
}

@test "killed at any system call of SetPeer: no half pairs" {
        local box
        box=$(in_box_words)
        local get="busctl get-property $NAME"

        define $A
        define $B
        sweep "$box busctl call $NAME $ROOT/vhba/_3$A $NAME.Vhba SetPeer ss '' ''" \
                "a=\$($box $get $ROOT/vhba/_3$A $NAME.Vhba PairState)
                b=\$($box $get $ROOT/vhba/_3$B $NAME.Vhba PairState)
                echo \$a \$b
                [ \"\$a\" = \"\$b\" ] && [[ \$a =~ none|agreed ]]" \
                $NAME $ROOT/vhba/_3$A $NAME.Vhba SetPeer ss $B primary
}

@test "killed at any system call of Undefine: nobody names a peer that is not there" {
        local box
        box=$(in_box_words)
        local call="busctl call $NAME"

        define $A
        sweep "$box $call $ROOT $NAME.Manager Define 'a{sv}b' 2 Wwpn s $B Wwnn s $WWNN false >/dev/null
                $box $call $ROOT/vhba/_3$A $NAME.Vhba SetPeer ss $B primary" \
                "a=\$($box busctl get-property $NAME $ROOT/vhba/_3$A $NAME.Vhba PairState)
                echo \$a; [[ \$a =~ none|agreed ]]" \
                $NAME $ROOT $NAME.Manager Undefine s $B
}
