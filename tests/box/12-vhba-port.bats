#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vhba@.service without any daemon: a definition by hand and systemctl. What the unit says is so,
# whatever was in its way, and whenever it was killed.

load lib

A=2101001b32a90002
B=2101001b32a90004
WWNN=2001001b32a9da4e
TARGET=500507680b000000
TARGET2=500507680b000001
WWID=6001405000000010000400080000000a
HBA=100000109b000000
here=$(dirname "$(realpath "$BATS_TEST_FILENAME")")

setup_file() {
        box_start --hbas 2 --destdir "$(npivot_destdir)"
}

setup() {
        [ -s "$BATS_FILE_TMPDIR/box" ] || return 0
        for unit in vhba@$A vhba@$B; do
                in_box systemctl disable --quiet "$unit" 2>/dev/null
                in_box systemctl stop "$unit"
        done
        fc reset
        # shellcheck disable=SC2016  # expanded in the box
        in_box sh -c 'rm -rf /etc/npivot/vhba; mkdir -p /etc/npivot/vhba; systemctl daemon-reload
                systemctl reset-failed'
}

# define WWPN [LINE...]
define() {
        {
                printf '[Vhba]\nWwpn=%s\nWwnn=%s\n' "$1" $WWNN
                [ $# = 1 ] || printf '%s\n' "${@:2}"
        } | in_box tee "/etc/npivot/vhba/$1.conf" >/dev/null
        in_box systemctl daemon-reload
}

unit_property() {
        in_box systemctl show --value -p "$2" "vhba@$1"
}

is_active() {
        in_box systemctl is-active --quiet "vhba@$1"
}

has_vport() {
        fc list | grep -q "^vport *$1 "
}

# Functions of their own: bats does not see a failed "! command".
has_no_vport() {
        ! has_vport "$1"
}

is_inactive() {
        ! is_active "$1"
}

# fails_with WWPN STATUS WORDS: the start fails, with this exit status and these words, and takes
# back what it has made. A unit that waits for its next try would make the start wait as well.
fails_with() {
        in_box systemctl stop "vhba@$1"
        run in_box systemctl start "vhba@$1"
        [ "$status" != 0 ]
        echo "$(unit_property "$1" ExecMainStatus): $(unit_property "$1" StatusText)"
        [ "$(unit_property "$1" ExecMainStatus)" = "$2" ]
        [[ $(unit_property "$1" StatusText) = *"$3"* ]]
        has_no_vport "$1"
}

@test "a definition by hand and enable --now are enough, and survive a reboot" {
        define $A Parent=wwpn:$HBA '[Expect]' "Lun=0 wwid:$WWID"
        fc lun map $A $TARGET 0 $WWID 1G
        in_box systemctl enable --now vhba@$A
        is_active $A
        in_box test -b "/dev/disk/by-vhba/$A-$TARGET-lun-0"

        box reboot "$BOX_NAME"
        is_active $A
        in_box systemctl is-active --quiet vhba.target
        in_box test -b "/dev/disk/by-vhba/$A-$TARGET-lun-0"
        # vhba.target came after the unit, multi-user.target after both.
        local up target multi
        up=$(unit_property $A ActiveEnterTimestampMonotonic)
        target=$(in_box systemctl show --value -p ActiveEnterTimestampMonotonic vhba.target)
        multi=$(in_box systemctl show --value -p ActiveEnterTimestampMonotonic multi-user.target)
        ((up <= target && target <= multi))

        in_box systemctl disable --now vhba@$A
        has_no_vport $A
        box reboot "$BOX_NAME"
        is_inactive $A
        has_no_vport $A
}

@test "disabling one vHBA leaves the others in the boot" {
        define $A
        define $B
        in_box systemctl enable vhba@$A vhba@$B
        in_box systemctl disable vhba@$A
        in_box systemctl list-dependencies --plain multi-user.target | grep -q vhba.target
        in_box systemctl list-dependencies --plain vhba.target | grep -q vhba@$B
        in_box systemctl disable vhba@$B
}

@test "no definition and a bad one fail in words and are not tried again" {
        fails_with $A 78 "There is no definition /etc/npivot/vhba/$A.conf"
        [ "$(unit_property $A SubState)" = failed ]
        define $A Colour=red
        fails_with $A 78 "$A.conf:4: Unknown key Colour="
        [ "$(in_box journalctl -b -o cat WWPN=$A CAUSE=bad-definition | wc -l)" = 2 ]
        [ "$(unit_property $A SubState)" = failed ]
}

@test "a name that is no WWPN in its one form is refused" {
        run in_box systemctl start vhba@web1
        [ "$status" != 0 ]
        [ "$(unit_property web1 ExecMainStatus)" = 64 ]
        run in_box systemctl start vhba@${A^^}
        [ "$status" != 0 ]
        [ "$(unit_property ${A^^} ExecMainStatus)" = 64 ]
        in_box systemctl reset-failed
}

@test "each refusal by the HBA has its cause" {
        define $HBA
        fails_with $HBA 101 "port name of the HBA"
        in_box rm /etc/npivot/vhba/$HBA.conf

        define $A Parent=pci:0000:05:00.7 '[Expect]' TimeoutSec=1
        fails_with $A 102 "no HBA that is Parent=pci:0000:05:00.7"
        define $A Parent=wwpn:$HBA '[Expect]' TimeoutSec=1
        fc hba state $HBA Linkdown
        fails_with $A 103 "is not online but Linkdown"
        fc hba state $HBA Online

        define $B Parent=wwpn:$HBA
        in_box systemctl start vhba@$B
        fc npiv-max $HBA 1
        fails_with $A 104 "1 of 1 vports in use"
        fc npiv-max $HBA 255
}

@test "each state of the kernel's has its cause" {
        define $A '[Expect]' TimeoutSec=1
        fc policy $A state "No Fabric Support"
        fails_with $A 105 "(kernel state: No Fabric Support)"
        fc policy $A stuck
        fails_with $A 107 "(kernel state: Initializing)"
        fc policy $A state Linkdown
        fails_with $A 108 "(kernel state: Linkdown)"
        fc policy $A state "VPort Failed"
        fails_with $A 114 "(kernel state: VPort Failed)"
        fc policy $A active
        fc policy $A fail-errno EIO
        fails_with $A 114 "Input/output error"
        fc policy $A active
}

@test "what [Expect] misses is told: LUN, WWID, paths" {
        local lun="Lun=0 wwid:$WWID paths:2"

        define $A '[Expect]' "$lun" TimeoutSec=3
        fails_with $A 109 "LUN 0 (WWID $WWID) is not there; the vHBA sees no LUN"
        fc lun map $A $TARGET 0 ${WWID%a}b 1G
        fails_with $A 110 "has the WWID ${WWID%a}b instead of the WWID $WWID"
        fc lun unmap $A $TARGET 0
        fc lun map $A $TARGET 0 $WWID 1G
        fails_with $A 111 "over 1 of 2 paths"
        fc lun map $A $TARGET2 0 $WWID 1G
        in_box systemctl stop vhba@$A
        define $A '[Expect]' "$lun"
        in_box systemctl start vhba@$A
        is_active $A
}

@test "it comes up by itself once the WWPN is free" {
        define $A '[Expect]' TimeoutSec=1
        fc policy $A stuck
        fails_with $A 107 "has not accepted the login"
        [ "$(unit_property $A SubState)" = auto-restart ]
        fc policy $A active
        wait_for 20 is_active $A
}

@test "while it waits it says for what" {
        define $A '[Expect]' TimeoutSec=30
        fc policy $A stuck
        in_box systemctl start --no-block vhba@$A
        says_initializing() {
                [[ $(unit_property $A StatusText) = "Waiting, 1 s of 30 s: "*Initializing* ]]
        }
        wait_for 10 says_initializing
        fc vport-state $A Active
        wait_for 5 is_active $A
}

@test "a stop in the middle of a start takes the vport back" {
        define $A '[Expect]' TimeoutSec=30
        fc policy $A stuck
        in_box systemctl start --no-block vhba@$A
        wait_for 10 has_vport $A
        in_box systemctl stop vhba@$A
        has_no_vport $A
        [ "$(unit_property $A ActiveState)" = inactive ]
}

@test "a vport that is there is adopted, and one with another node name refused" {
        write_sysfs /sys/class/fc_host/host0/vport_create $A:$WWNN
        define $A Parent=wwpn:$HBA
        in_box systemctl start vhba@$A
        [[ $(unit_property $A StatusText) = *"the vport was there"* ]]
        in_box systemctl stop vhba@$A
        has_no_vport $A

        write_sysfs /sys/class/fc_host/host1/vport_create $A:$WWNN
        run in_box systemctl start vhba@$A
        [ "$(unit_property $A ExecMainStatus)" = 100 ]
        [[ $(unit_property $A StatusText) = *"which is not Parent=wwpn:$HBA"* ]]
        # Not made by the unit, so not taken back by it.
        has_vport $A
}

@test "a stop is refused while a LUN is in use, unless forced" {
        define $A '[Expect]' Lun=0
        fc lun map $A $TARGET 0 $WWID 1G
        in_box systemctl start vhba@$A
        fc hold app vg-data LVM-abc sda

        in_box systemctl stop vhba@$A
        has_vport $A
        [ "$(unit_property $A ActiveState)" = failed ]
        [[ $(unit_property $A StatusText) = *"LVM volume vg-data is on sda"* ]]

        in_box systemctl start vhba@$A
        in_box touch /run/npivot/vhba/$A.force
        in_box systemctl stop vhba@$A
        has_no_vport $A
        # For one stop only.
        in_box test ! -e /run/npivot/vhba/$A.force
        fc release app
}

@test "a force that was left behind by a stop that never ran does not force a later one" {
        define $A '[Expect]' Lun=0
        fc lun map $A $TARGET 0 $WWID 1G
        in_box systemctl start vhba@$A
        fc hold app vg-data LVM-abc sda
        in_box touch -d '2 minutes ago' /run/npivot/vhba/$A.force
        in_box systemctl stop vhba@$A
        has_vport $A
        in_box test ! -e /run/npivot/vhba/$A.force
        fc release app
}

@test "after a refused stop vhba-down@ takes the vport down" {
        define $A '[Expect]' Lun=0
        fc lun map $A $TARGET 0 $WWID 1G
        in_box systemctl start vhba@$A
        fc hold app vg-data LVM-abc sda
        in_box systemctl stop vhba@$A
        fc release app
        in_box systemctl start vhba-down@$A
        has_no_vport $A
}

@test "a multipath map that nobody uses does not hold a LUN" {
        define $A '[Expect]' Lun=0
        fc lun map $A $TARGET 0 $WWID 1G
        in_box systemctl start vhba@$A
        fc hold map mpatha mpath-3$WWID sda
        in_box systemctl stop vhba@$A
        has_no_vport $A
        fc release map
}

@test "down is safe to repeat" {
        in_box /usr/libexec/npivot/vhba-port down $A
        in_box /usr/libexec/npivot/vhba-port down $A
}

@test "reload tells the fabric the symbolic name, and no old one shines through" {
        define $A SymbolicName=a-long-name
        in_box systemctl start vhba@$A
        define $A SymbolicName=web1
        in_box systemctl reload vhba@$A
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/symbolic_name' | tr -d '\0')" = web1 ]
}

@test "an HBA that goes takes its vHBA along, and brings it back" {
        define $A Parent=wwpn:$HBA
        in_box systemctl enable --now vhba@$A
        fc hba remove $HBA
        wait_for 10 in_box sh -c "! systemctl is-active vhba@$A"
        fc hba add port_name=$HBA
        wait_for 10 is_active $A
}

@test "an HBA that is announced before it has its name is looked at again" {
        in_box udevadm monitor --kernel --subsystem-match=fc_host >"$BATS_TEST_TMPDIR/events" 3>&- &
        wait_for 10 grep -q KERNEL "$BATS_TEST_TMPDIR/events"
        in_box systemctl start vhba-hba@host1
        wait_for 10 grep -q 'change .*/fc_host/host1' "$BATS_TEST_TMPDIR/events"
        kill $!
}

@test "killed at any system call of up, the next up mends it" {
        define $A SymbolicName=web1 '[Expect]' "Lun=0 wwid:$WWID" TimeoutSec=10
        fc lun map $A $TARGET 0 $WWID 1G
        run "$here/kill-sweep" --box "$BOX_NAME" --max "${SWEEP_MAX:-40}" \
                --reset "$(in_box_words) /usr/libexec/npivot/vhba-port down $A" \
                --check "$(in_box_words) /usr/libexec/npivot/vhba-port up $A &&
                        [ \$($(fc_words) list | grep -c '^vport') = 1 ]" \
                -- /usr/libexec/npivot/vhba-port up $A
        echo "$output" | tail -n 20
        [ "$status" = 0 ]
}

@test "killed at any system call of down, the next down mends it" {
        define $A
        run "$here/kill-sweep" --box "$BOX_NAME" --max "${SWEEP_MAX:-40}" \
                --reset "$(in_box_words) /usr/libexec/npivot/vhba-port up $A" \
                --check "$(in_box_words) /usr/libexec/npivot/vhba-port down $A &&
                        ! $(fc_words) list | grep '^vport'" \
                -- /usr/libexec/npivot/vhba-port down $A
        echo "$output" | tail -n 20
        [ "$status" = 0 ]
}
