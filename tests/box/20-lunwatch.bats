#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunwatch and the by-vhba links, on a real systemd, bus and udev: what is there, what is told, and
# what is left after the worst.

load lib

HBA=100000109b000000
VHBA_A=2101001b32a90004
VHBA_B=2101001b32a90005
WWNN=2001001b32a90004
TARGET=500507680b000000
TARGET2=500507680b000001
WWID=6001405000000010000400080000000
LINKS=/dev/disk/by-vhba
SIGNALS=/run/lunwatch-signals

setup_file() {
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        fc reset
        in_box udevadm settle
        in_box systemctl restart lunwatch.service
        until_path_count 10 0
}

create() {
        write_sysfs /sys/class/fc_host/host0/vport_create "$1:$WWNN"
}

manager() {
        in_box busctl --json=short "$@"
}

call() {
        manager call org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1.Manager "$@"
}

property() {
        box_get org.npivot.lunwatch1 /org/npivot/lunwatch1 org.npivot.lunwatch1.Manager "$@"
}

# until_path_count SEC COUNT
until_path_count() {
        property PathCount "$@" >/dev/null
}

# lookup INITIATOR LUN: "LINK WWID NUMBER-OF-PATHS"
lookup() {
        call Lookup sss "$1" "" "$2" | jq -r '"\(.data[0]) \(.data[1]) \(.data[2] | length)"'
}

lookup_is() {
        [ "$(lookup "$1" "$2")" = "$3" ]
}

# path_field NAME INDEX: one field of GetPath
path_field() {
        call GetPath s "$1" | jq -r ".data[0][$2]"
}

path_field_is() {
        [ "$(path_field "$1" "$2")" = "$3" ]
}

listen() {
        in_box sh -c "rm -f $SIGNALS; busctl --json=short monitor --match \
                \"type='signal',interface='org.npivot.lunwatch1.Manager'\" >$SIGNALS 2>$SIGNALS.ready &"
        wait_for 10 in_box grep -q Monitoring $SIGNALS.ready
}

# What was told since listen(): "added sda", a line each.
told() {
        in_box cat $SIGNALS | jq -r '.payload.data[1][] | "\(.[0]) \(.[2][8])"'
}

is_told() {
        told | grep -qx "$1"
}

@test "a path of an HBA and a path of a vHBA each have a by-vhba link" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        fc lun map $VHBA_A $TARGET 16384 ${WWID}b 1G
        create $VHBA_A
        wait_for 20 in_box test -L $LINKS/$HBA-$TARGET-lun-0
        wait_for 20 in_box test -L $LINKS/$VHBA_A-$TARGET-lun-16384

        [ "$(in_box cat "/sys/class/block/$(in_box sh -c "basename \$(readlink \
                $LINKS/$VHBA_A-$TARGET-lun-16384)")/device/wwid")" = naa.${WWID}b ]
}

@test "two vHBAs with other LUNs under one number have links of their own, where by-path has one" {
        fc lun map $VHBA_A $TARGET 0 ${WWID}a 1G
        fc lun map $VHBA_B $TARGET 0 ${WWID}b 1G
        create $VHBA_A
        create $VHBA_B
        until_path_count 20 2
        wait_for 20 lookup_is $VHBA_A 0 "$LINKS/$VHBA_A-$TARGET-lun-0 naa.${WWID}a 1"
        wait_for 20 lookup_is $VHBA_B 0 "$LINKS/$VHBA_B-$TARGET-lun-0 naa.${WWID}b 1"

        run in_box sh -c "readlink $LINKS/$VHBA_A-$TARGET-lun-0 $LINKS/$VHBA_B-$TARGET-lun-0"
        [ "${lines[0]}" != "${lines[1]}" ]
        run in_box sh -c 'ls /dev/disk/by-path | grep -c lun-0'
        [ "$output" = 1 ]
}

@test "a disk that is not Fibre Channel runs nothing and gets no link" {
        run in_box /usr/libexec/npivot/by-vhba-id \
                /devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0/block/sda
        [ "$status" = 1 ]
        [ -z "$output" ]
        run in_box grep -E '^(SUBSYSTEM|DEVPATH)!=' /usr/lib/udev/rules.d/60-npivot-by-vhba.rules
        [ "${#lines[@]}" = 2 ]
}

@test "udev finds no fault with the rule" {
        run in_box sh -c 'udevadm test /sys/class/net/lo 2>&1 | grep -i by-vhba.rules'
        [[ $output != *[Ii]nvalid* && $output != *[Uu]nknown* ]]
        [[ $output == *60-npivot-by-vhba.rules* ]]
}

@test "a LUN over two targets is one LUN with two paths" {
        fc lun map $VHBA_A $TARGET 3 ${WWID}a 1G
        fc lun map $VHBA_A $TARGET2 3 ${WWID}a 1G
        create $VHBA_A
        wait_for 20 lookup_is $VHBA_A 3 "$LINKS/$VHBA_A-$TARGET-lun-3 naa.${WWID}a 2"
        lookup_is $VHBA_A "" "$LINKS/$VHBA_A-$TARGET-lun-3 naa.${WWID}a 2"
        lookup_is $VHBA_A wwid:${WWID}a "$LINKS/$VHBA_A-$TARGET-lun-3 naa.${WWID}a 2"
}

@test "a question that cannot be answered says why" {
        create $VHBA_A
        run call Lookup sss $VHBA_A "" 0
        [[ $output == *"No LUN is behind $VHBA_A"*zoning* ]]
        run call Lookup sss $VHBA_B "" 0
        [[ $output == *"No HBA or vHBA with the port name $VHBA_B"* ]]
}

@test "everybody may ask" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        until_path_count 20 1

        run in_box_as nobody busctl --json=short call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                org.npivot.lunwatch1.Manager Lookup sss $HBA "" ""
        [ "$status" = 0 ]
        run in_box_as nobody busctl --json=short call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                org.npivot.lunwatch1.Manager GetPath s /dev/sda
        [ "$status" = 0 ]
        run in_box_as nobody busctl --json=short call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                org.npivot.lunwatch1.Manager ListPaths 'a{sv}su' 0 "" 10
        [ "$(jq -r '.data[0] | length' <<<"$output")" = 1 ]
}

@test "a path is found by every name it has, whether it is a vHBA's or not" {
        fc lun map $VHBA_A $TARGET 0 ${WWID}a 1G
        create $VHBA_A
        until_path_count 20 1

        hctl=$(path_field /dev/sda 0)
        path_field_is sda 0 "$hctl"
        path_field_is "$hctl" 8 /dev/sda
        path_field_is $LINKS/$VHBA_A-$TARGET-lun-0 0 "$hctl"
        path_field_is /dev/disk/by-id/wwn-0x${WWID}a 0 "$hctl"
        path_field_is sda 15 true
        path_field_is sda 2 $VHBA_A

        run call GetPath s /dev/shm/x
        [[ $output == *"is not a disk behind a Fibre Channel port"* ]]
}

# names SOURCE DIRECTORY: a line each
names() {
        call ListNames sssu "$1" "$2" "" 100 | jq -r '.data[0][][0]'
}

@test "a view shows single paths or unique LUNs, as its directory says" {
        fc lun map $VHBA_A $TARGET 3 ${WWID}a 1G
        fc lun map $VHBA_A $TARGET2 3 ${WWID}a 1G
        fc lun map $HBA $TARGET 0 ${WWID}b 1G
        create $VHBA_A
        until_path_count 20 3
        [ "$(property LunCount)" = 2 ]

        run names $VHBA_A /dev/disk/by-vhba
        [ "$output" = "$LINKS/$VHBA_A-$TARGET-lun-3
$LINKS/$VHBA_A-$TARGET2-lun-3" ]
        run names $VHBA_A /dev/disk/by-id
        [ "$output" = "/dev/disk/by-id/wwn-0x${WWID}a" ]
        run names "" /dev/disk/by-id
        [ "${#lines[@]}" = 2 ]
        for name in $(names "" /dev/disk/by-path) $(names "" /dev/disk/by-id); do
                in_box test -b "$name"
        done
}

@test "a directory that is no view is refused with the choices" {
        for directory in "" /dev/disk/by-uuid; do
                run call ListNames sssu "" "$directory" "" 100
                [[ $output == *"/dev/disk/by-path and /dev/disk/by-vhba (single paths)"* ]]
                [[ $output == *"/dev/disk/by-id and /dev/mapper (each LUN once)"* ]]
        done
}

@test "a LUN is counted once, with its paths and the link that stays" {
        fc lun map $VHBA_A $TARGET 3 ${WWID}a 1G
        fc lun map $VHBA_A $TARGET2 3 ${WWID}a 1G
        create $VHBA_A
        until_path_count 20 2

        run call GetLun s /dev/sdb
        [ "$(jq -r '.data[0] | "\(.[0]) \(.[2]) \(.[3]) \(.[5])"' <<<"$output")" = \
                "naa.${WWID}a 2 2 /dev/disk/by-id/wwn-0x${WWID}a" ]
        [ "$(call ListLuns 'a{sv}su' 1 Initiator s $VHBA_A "" 10 | jq '.data[0] | length')" = 1 ]
        [ "$(call ListLuns 'a{sv}su' 1 Initiator s $HBA "" 10 | jq '.data[0] | length')" = 0 ]
}

@test "a path tells its HBA and its sg node" {
        fc lun map $VHBA_A $TARGET 0 ${WWID}a 1G
        create $VHBA_A
        until_path_count 20 1
        path_field_is sda 4 $HBA
        in_box test -c "$(path_field sda 9)"
}

@test "LUNs that come and go are told" {
        listen
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 is_told "added /dev/sda"
        fc lun unmap $HBA $TARGET 0
        wait_for 20 is_told "removed /dev/sda"
        [ "$(property PathCount)" = 0 ]
        [ "$(told | wc -l)" = 2 ]
}

@test "a path is told once it is complete" {
        listen
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        wait_for 20 is_told "added /dev/sda"
        run in_box sh -c "cat $SIGNALS | head -n 1"
        [ "$(jq -r '.payload.data[1][0][2][7]' <<<"$output")" = naa.${WWID}a ]
        [ "$(jq -r '.payload.data[1][0][2][17][0]' <<<"$output")" = $LINKS/$HBA-$TARGET-lun-0 ]
}

@test "another LUN under the same path is told" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        until_path_count 20 1
        listen
        fc lun wwid $HBA $TARGET 0 ${WWID}b
        wait_for 20 is_told "changed /dev/sda"
        # It is shown as what it is now, and nobody is led to it: 22-guard.bats has the rest.
        path_field_is sda 7 naa.${WWID}b
        path_field_is sda 16 wwid-changed
}

@test "a link that goes down is told, though the kernel says nothing" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        until_path_count 20 1
        path_field_is sda 11 Online
        listen
        fc hba state $HBA Linkdown
        wait_for 5 path_field_is sda 11 Blocked
        wait_for 5 is_told "changed /dev/sda"
        fc hba state $HBA Online
        wait_for 5 path_field_is sda 11 Online
}

@test "after a restart everything is known again" {
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        fc lun map $HBA $TARGET 1 ${WWID}b 1G
        until_path_count 20 2
        before=$(call ListPaths 'a{sv}su' 0 "" 10 | jq -c '.data[0]')

        in_box systemctl kill --signal=KILL lunwatch.service
        until_path_count 10 2
        [ "$(call ListPaths 'a{sv}su' 0 "" 10 | jq -c '.data[0]')" = "$before" ]
        [ "$(property Generation)" = 0 ]
}

@test "a question starts lunwatch" {
        in_box systemctl stop lunwatch.service
        [ "$(property PathCount)" = 0 ]
        in_box systemctl is-active --quiet lunwatch.service
}

@test "events that the kernel dropped are noticed, and only the differences are told" {
        # Without its capability the buffer is what the system allows, which a flood fills.
        in_box mkdir -p /run/systemd/system/lunwatch.service.d
        in_box sh -c 'printf "[Service]\nCapabilityBoundingSet=\nWatchdogSec=0\n" \
                >/run/systemd/system/lunwatch.service.d/small-buffer.conf'
        in_box systemctl daemon-reload
        in_box systemctl restart lunwatch.service
        in_box sh -c 'cat >/usr/local/bin/uevent-flood && chmod +x /usr/local/bin/uevent-flood' \
                <"$BUILD_DIR/tests/box/uevent-flood"
        for i in 0 1 2 3; do
                fc lun map $HBA $TARGET $i ${WWID}$i 1G
        done
        until_path_count 20 4
        listen

        in_box systemctl kill --signal=STOP lunwatch.service
        in_box uevent-flood 20000 /devices/virtual/block/flood block disk
        fc lun unmap $HBA $TARGET 3
        in_box udevadm settle
        in_box systemctl kill --signal=CONT lunwatch.service

        until_path_count 10 3
        wait_for 10 is_told "removed /dev/sdd"
        in_box journalctl -b MESSAGE_ID=5d1a3c9b0f7e4a6c8b2d9e4f10a7c30a --grep dropped
        [ "$(told | wc -l)" = 1 ]
        in_box rm -r /run/systemd/system/lunwatch.service.d
        in_box systemctl daemon-reload
}

@test "a burst that lunwatch sleeps through is not lost" {
        in_box sh -c 'cat >/usr/local/bin/uevent-flood && chmod +x /usr/local/bin/uevent-flood' \
                <"$BUILD_DIR/tests/box/uevent-flood"
        fc lun map $HBA $TARGET 0 ${WWID}a 1G
        until_path_count 20 1
        listen

        in_box systemctl kill --signal=STOP lunwatch.service
        in_box uevent-flood 10000 /devices/virtual/block/flood block disk
        fc lun unmap $HBA $TARGET 0
        in_box udevadm settle
        in_box systemctl kill --signal=CONT lunwatch.service

        wait_for 10 is_told "removed /dev/sda"
        run in_box journalctl -b _PID="$(in_box pidof lunwatch)" --grep dropped
        [ "$status" != 0 ]
}
