#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vhbad under a real systemd, bus, udev and polkit: what it says is true, whoever made it so.

# Constants of vhbad.bash, without blanks: $NAME, $ROOT, $A, $B.
# shellcheck disable=SC2086,SC2153
load lib
load vhbad

@test "define, enable, start, stop, undefine over the bus" {
        define $B
        in_box test -f /etc/npivot/vhba/$B.conf
        vhba_is $B UnitState inactive
        vhba_is $B Autostart false

        vhba $B SetAutostart b true
        vhba_is $B Autostart true
        vhba $B Create
        until_vhba 10 $B UnitState active
        until_vhba 10 $B KernelState Active
        vhba_is $B Hba $ROOT/hba/_3100000109b000000
        until_vhba 10 $B ScsiHost host2

        run vhba $B Undefine
        [[ $output == *"stop it first"* ]]
        vhba $B Destroy b false
        until_vhba 10 $B UnitState inactive
        until_vhba 10 $B KernelState ""
        vhba $B Undefine
        run in_box systemctl is-enabled vhba@$B
        [ "$output" = disabled ]
        run in_box test -e /etc/npivot/vhba/$B.conf
        [ "$status" != 0 ]
        is_gone() {
                ! in_box busctl call $NAME $ROOT $NAME.Manager GetVhba s $B
        }
        wait_for 5 is_gone
}

@test "a start right after Define does not wait for the reload" {
        define $B
        vhba $B Create
        until_vhba 10 $B UnitState active
}

@test "enable, disable and mask by systemctl are seen on the bus" {
        define $B
        in_box systemctl enable vhba@$B
        until_vhba 10 $B Autostart true
        in_box systemctl disable vhba@$B
        until_vhba 10 $B Autostart false
        in_box systemctl enable vhba@$B
        until_vhba 10 $B Autostart true
        in_box systemctl mask vhba@$B
        until_vhba 10 $B Autostart false
        run vhba $B SetAutostart b true
        [ "$status" != 0 ]
        [[ $output == *masked* ]]
        run vhba $B Create
        [[ $output == *masked* ]]
        in_box systemctl unmask vhba@$B
}

@test "enable and disable on the bus are seen by systemctl" {
        define $B
        vhba $B SetAutostart b true
        [ "$(in_box systemctl is-enabled vhba@$B)" = enabled ]
        wanted() { [[ $(in_box systemctl show -P Wants vhba.target) == *vhba@$B* ]]; }
        wait_for 10 wanted
        vhba $B SetAutostart b false
        run in_box systemctl is-enabled vhba@$B
        [ "$output" = disabled ]
}

@test "what systemctl does is announced" {
        define $B
        monitor "$BATS_TEST_TMPDIR/signals"
        in_box systemctl enable --now vhba@$B
        for property in Autostart UnitState UnitSubState KernelState Hba ScsiHost; do
                wait_for 10 announced "$BATS_TEST_TMPDIR/signals" $B $property
        done
        monitor_end
}

@test "a state that the kernel tells nobody of is on the bus within 1 s" {
        define $B
        vhba $B Create
        until_vhba 10 $B UnitState active
        for state in Linkdown Active "Fabric Logout"; do
                fc vport-state $B "$state"
                until_vhba 1 $B KernelState "$state"
        done
        vhba_is $B KernelLastState Active
        fc hba state host0 Linkdown
        hba_is_down() {
                [[ $(in_box busctl get-property $NAME $ROOT/hba/_3100000109b000000 $NAME.Hba State) == *Linkdown* ]]
        }
        wait_for 2 hba_is_down
}

@test "an HBA that comes and goes is an object that comes and goes" {
        has_hba() { in_box busctl tree --list $NAME | grep -qx $ROOT/hba/_321000024ff000001; }
        fc hba add port_name=21000024ff000001 driver=qla2xxx pci=0000:81:00.0
        wait_for 10 has_hba
        run manager GetHba s 21:00:00:24:ff:00:00:01
        [ "$output" = "o \"$ROOT/hba/_321000024ff000001\"" ]
        fc hba remove 21000024ff000001
        gone() { ! has_hba; }
        wait_for 10 gone
}

@test "a failed start says why, in a word and in words" {
        fc policy $B reject
        manager Define 'a{sv}b' 3 Wwpn s $B Wwnn s $WWNN TimeoutUSec t 2000000 false
        vhba $B Create
        has_cause() { [ -n "$(vhba_get $B Cause)" ]; }
        wait_for 15 has_cause
        [[ $(vhba_get $B Cause) =~ ^(wwpn-in-use|login-refused)$ ]]
        [ -n "$(vhba_get $B Message)" ]
        fc policy $B active
        vhba $B Destroy b false
        until_vhba 10 $B UnitState inactive
        vhba_is $B Cause ""
}

@test "a rule for one vHBA allows that one and no other" {
        as() { in_box_as "$1" busctl --allow-interactive-authorization=no call $NAME "${@:2}"; }
        local define_a=("$ROOT" "$NAME.Manager" Define 'a{sv}b' 2 Wwpn s "$A" Wwnn s "$WWNN" false)
        local define_b=("$ROOT" "$NAME.Manager" Define 'a{sv}b' 2 Wwpn s 21:01:00:1B:32:A9:00:04 Wwnn s "$WWNN" false)

        as vhbactl "${define_b[@]}"
        run as vhbactl "${define_a[@]}"
        [ "$status" != 0 ]
        run as vhbanone "${define_b[@]}"
        [ "$status" != 0 ]
        define $A

        as vhbactl "$ROOT/vhba/_3$B" $NAME.Vhba SetSymbolicName s web1
        run as vhbactl "$ROOT/vhba/_3$A" $NAME.Vhba SetSymbolicName s web1
        [ "$status" != 0 ]
        # A pair is two records, and the rule is for one.
        run as vhbactl "$ROOT/vhba/_3$B" $NAME.Vhba SetPeer ss $A primary
        [ "$status" != 0 ]
        vhba_is $A Peer ""
        as vhbactl "$ROOT/vhba/_3$B" $NAME.Vhba Create
        until_vhba 10 $B UnitState active
        as vhbactl "$ROOT/vhba/_3$B" $NAME.Vhba Destroy b false
        until_vhba 10 $B KernelState ""
        as vhbactl "$ROOT/vhba/_3$B" $NAME.Vhba Undefine
}

@test "nobody may read everything and change nothing" {
        local as_nobody=(in_box_as nobody busctl --allow-interactive-authorization=no)
        local before tried

        define $B
        create_by_hand $A
        until_vhba 10 $A KernelState Active
        before=$(in_box sh -c 'cat /etc/npivot/vhba/*; systemctl is-enabled vhba@*; ls /sys/class/fc_vports')

        "${as_nobody[@]}" call $NAME $ROOT org.freedesktop.DBus.ObjectManager GetManagedObjects
        "${as_nobody[@]}" call $NAME $ROOT $NAME.Manager GetVhba s $B
        "${as_nobody[@]}" call $NAME $ROOT $NAME.Manager GetHba s host0
        for object in "$ROOT:Manager" "$ROOT/vhba/_3$B:Vhba" "$ROOT/vhba/_3$A:Vhba" \
                "$ROOT/hba/_3100000109b000000:Hba"; do
                path=${object%:*} interface=$NAME.${object##*:}
                "${as_nobody[@]}" call $NAME "$path" org.freedesktop.DBus.Properties GetAll s "$interface"
                while read -r property; do
                        "${as_nobody[@]}" get-property $NAME "$path" "$interface" "$property"
                        run "${as_nobody[@]}" set-property $NAME "$path" "$interface" "$property" s x
                        [ "$status" != 0 ]
                done < <(in_box busctl introspect --list $NAME "$path" "$interface" |
                        awk '$2 == "property" { print substr($1, 2) }')
        done

        tried=0
        refused() {
                run "${as_nobody[@]}" call $NAME "$@"
                [ "$status" != 0 ]
                [[ $output == *"refuses"* || $output == *"nteractive auth"* ]]
                tried=$((tried + 1))
        }
        refused $ROOT $NAME.Manager Define 'a{sv}b' 2 Wwpn s 2101001b32a90008 Wwnn s $WWNN false
        refused $ROOT $NAME.Manager Undefine s $B
        refused "$ROOT/vhba/_3$B" $NAME.Vhba Create
        refused "$ROOT/vhba/_3$B" $NAME.Vhba Destroy b true
        refused "$ROOT/vhba/_3$B" $NAME.Vhba SetAutostart b true
        refused "$ROOT/vhba/_3$B" $NAME.Vhba Undefine
        refused "$ROOT/vhba/_3$B" $NAME.Vhba SetPeer ss '' ''
        refused "$ROOT/vhba/_3$B" $NAME.Vhba SetSymbolicName s x
        # All there are, but for the two that read: none was forgotten.
        [ $tried = $(($(cat "$BATS_TEST_DIRNAME"/../../dbus-interfaces/$NAME.*.xml | grep -c '<method ') - 2)) ]

        [ "$before" = "$(in_box sh -c 'cat /etc/npivot/vhba/*; systemctl is-enabled vhba@*; ls /sys/class/fc_vports')" ]
        write_sysfs $HBA/vport_delete "$A:$WWNN"
}

@test "Destroy takes an adopted vport down also while its start fails again and again" {
        create_by_hand $B
        until_vhba 10 $B KernelState Active
        manager Define 'a{sv}b' 4 Wwpn s $B Wwnn s $WWNN Expect as 1 "7" TimeoutUSec t 1000000 false
        vhba $B Create
        until_vhba 10 $B UnitSubState auto-restart
        vhba_is $B KernelState Active
        vhba $B Destroy b false
        until_vhba 10 $B KernelState ""
        until_vhba 10 $B UnitState inactive
}

@test "a vport made by hand is transient, and adopted by defining it" {
        create_by_hand $B
        until_vhba 10 $B KernelState Active
        vhba_is $B Defined false
        run vhba $B Destroy b true
        [[ $output == *adopt* ]]
        run manager Define 'a{sv}b' 2 Wwpn s $B Wwnn s 2001001b32a9da4f false
        [[ $output == *Wwnn* ]]

        define $B
        vhba_is $B Defined true
        before=$(in_box ls /sys/class/fc_vports)
        vhba $B Create
        until_vhba 10 $B UnitState active
        [ "$before" = "$(in_box ls /sys/class/fc_vports)" ]
        vhba $B Destroy b false
        until_vhba 10 $B KernelState ""
}

@test "a vport that is defined but not started goes all the same" {
        create_by_hand $B
        until_vhba 10 $B KernelState Active
        define $B
        vhba $B Destroy b false
        until_vhba 10 $B KernelState ""
        vhba $B Undefine
}

@test "LUNs in use keep a vHBA up, unless by force" {
        fc lun map $B $TARGET 0 $WWID 1G
        define $B
        vhba $B Create
        until_vhba 10 $B UnitState active
        in_box udevadm settle
        fc hold dm-0 vg-data LVM-abcdef sda
        run vhba $B Destroy b false
        [ "$status" != 0 ]
        [[ $output == *"in use"*sda* ]]
        vhba_is $B UnitState active
        vhba $B Destroy b true
        until_vhba 10 $B KernelState ""
        fc release dm-0
}

@test "the name on the switch is told at once" {
        define $B
        vhba $B Create
        until_vhba 10 $B UnitState active
        vhba $B SetSymbolicName s web1
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/symbolic_name')" = web1 ]
        in_box grep -qx SymbolicName=web1 /etc/npivot/vhba/$B.conf
}

@test "a pair is two records that agree, until somebody edits one" {
        define $A
        define $B
        vhba $A SetPeer ss $B primary
        vhba_is $A PairState agreed
        vhba_is $B PairState agreed
        vhba_is $B Role secondary
        in_box grep -qx Peer=$A /etc/npivot/vhba/$B.conf

        in_box sed -i -e /Peer/d -e /Role/d /etc/npivot/vhba/$B.conf
        until_vhba 10 $A PairState "$B names no peer"
        until_vhba 10 $B PairState "$A names this one as its peer, unanswered"
        vhba $A SetPeer ss $B primary
        vhba_is $A PairState agreed
        in_box rm /etc/npivot/vhba/$B.conf
        until_vhba 10 $A PairState "$B is not defined"
        define $B
        vhba $B SetPeer ss $A secondary
        vhba $B Undefine
        vhba_is $A PairState none
}

@test "a bad file is named with its line, and nothing else suffers" {
        define $B
        in_box sh -c "printf '[Vhba]\nWwpn=$A\nColour=red\n' >/etc/npivot/vhba/$A.conf"
        is_bad() {
                [[ $(in_box busctl get-property $NAME $ROOT $NAME.Manager BadDefinitions) == *"vhba/$A.conf\" 3 "*Colour* ]]
        }
        wait_for 10 is_bad
        vhba_is $B Defined true
        in_box systemctl is-active --quiet vhbad
        run define $A
        [[ $output == *"$A.conf:3"* ]]
        define $A true
        [ "$(in_box busctl get-property $NAME $ROOT $NAME.Manager BadDefinitions)" = "a(sus) 0" ]
}

@test "a hundred definitions are a few reloads" {
        reloads() { in_box journalctl -b -o cat _PID=1 --grep='^Reloading\.' | wc -l; }
        in_box journalctl --sync
        before=$(reloads)
        # All at once, however slowly they are begun: vhbad hears of them when all wait, or after 15 s.
        # shellcheck disable=SC2016  # expanded in the box
        in_box bash -c 'systemctl kill -s STOP vhbad
                for ((i = 1; i <= 100; i++)); do
                        busctl --timeout 120 call org.npivot.vhba1 /org/npivot/vhba1 org.npivot.vhba1.Manager Define "a{sv}b" 2 \
                                Wwpn s "2101001b32a91$(printf %03d "$i")" Wwnn s 2001001b32a9da4e false &
                done
                for ((i = 0; i < 150 && $(pgrep -xc busctl) < 100; i++)); do sleep 0.1; done
                systemctl kill -s CONT vhbad
                wait'
        [ "$(vhba_objects | wc -l)" = 100 ]
        drop_in() { in_box test -d /run/systemd/generator/vhba@2101001b32a91100.service.d; }
        wait_for 20 drop_in
        in_box journalctl --sync
        [ $(($(reloads) - before)) -lt 30 ]
}
