#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The box itself: that it is what the other tests take it for, and that the machine never notices.

load lib

WWPN=2101001b32a90004
WWNN=2001001b32a90004
TARGET=500507680b000000
WWID=6001405000000010000400080000000
HBA=/sys/class/fc_host/host0

setup_file() {
        local dir=$BATS_FILE_TMPDIR

        box_require
        machine_state >"$dir/machine"
        cat >"$dir/setup" <<'EOF'
root=$1
cat >"$root/etc/udev/rules.d/90-box-test.rules" <<'X'
SUBSYSTEM=="fc_host", TAG+="systemd", ENV{SYSTEMD_ALIAS}="/sys/box-test/$attr{port_name}"
X
cat >"$root/etc/systemd/system/box-test.service" <<'X'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/echo hello from the box
[Install]
WantedBy=multi-user.target
X
cat >"$root/usr/share/polkit-1/actions/org.npivot.box-test.policy" <<'X'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE policyconfig PUBLIC "-//freedesktop//DTD PolicyKit Policy Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/PolicyKit/1/policyconfig.dtd">
<policyconfig>
<action id="org.npivot.box-test">
<description>Test</description><message>Test</message>
<defaults><allow_any>no</allow_any><allow_inactive>no</allow_inactive><allow_active>no</allow_active></defaults>
</action>
</policyconfig>
X
cat >"$root/etc/polkit-1/rules.d/10-box-test.rules" <<'X'
polkit.addRule(function(action, subject) {
        if (action.id == "org.npivot.box-test" && subject.user == "vhbactl" &&
            action.lookup("wwpn") == "2101001b32a90004")
                return polkit.Result.YES;
});
X
EOF
        box_start --hbas 2 --setup "$dir/setup"
}

setup() {
        [ ! -s "$BATS_FILE_TMPDIR/box" ] || fc reset
}

# What of the machine a box could spoil.
machine_state() {
        hostname
        find /dev -path /dev/pts -prune -o -printf '%p %y %m %u %g\n' | sort
        stat -c '%n %t:%T' /dev/null /dev/zero /dev/full /dev/tty
        sysctl -n fs.file-max fs.nr_open kernel.core_pattern
}

create() {
        write_sysfs "$HBA/vport_create" "$1:$2"
}

delete() {
        write_sysfs "$HBA/vport_delete" "$1:$2"
}

attribute_is() {
        [ "$(in_box cat "$1")" = "$2" ]
}

# pkcheck_as USER DETAIL...: asks polkit, as root may, about a process of the user's
pkcheck_as() {
        # shellcheck disable=SC2016  # expanded in the box
        in_box sh -c 'setpriv --reuid="$1" --clear-groups --regid=nogroup tail -f /dev/null & pid=$!
                shift
                until grep -q ^tail "/proc/$pid/comm"; do :; done
                pkcheck --process "$pid" --action-id org.npivot.box-test "$@"
                status=$?
                kill $pid
                exit $status' sh "$@"
}

@test "systemd runs, and nothing has failed" {
        run in_box systemctl is-system-running
        [ "$output" = running ]
}

@test "nothing that the machine has enabled runs" {
        run in_box systemctl list-units --type=service --state=running --no-legend --plain
        [ "$(cut -d. -f1 <<<"$output" | sort | xargs)" = "dbus systemd-journald systemd-udevd" ]
}

@test "HBAs look like HBAs" {
        attribute_is "$HBA/port_name" 0x100000109b000000
        attribute_is "$HBA/port_state" Online
        attribute_is "$HBA/max_npiv_vports" 255
        attribute_is "$HBA/device/../vendor" 0x10df
        run in_box lsscsi --hosts --transport
        [ "${#lines[@]}" = 2 ]
        [[ ${lines[0]} == *lpfc*fc:0x100000109b000000* ]]
}

@test "a device unit appears under the alias a udev rule gives" {
        in_box systemctl is-active --quiet 'sys-box\x2dtest-0x100000109b000000.device'
        in_box systemctl is-active --quiet 'sys-box\x2dtest-0x100000109b000001.device'
}

@test "an HBA plugged in later gets its device unit, and loses it again" {
        fc hba add port_name=21000024ff000001 driver=qla2xxx pci=0000:81:00.0
        wait_for 10 in_box systemctl is-active 'sys-box\x2dtest-0x21000024ff000001.device'
        fc hba remove 21000024ff000001
        gone() { ! in_box systemctl is-active 'sys-box\x2dtest-0x21000024ff000001.device'; }
        wait_for 10 gone
}

@test "vport_create makes a vport with its LUNs, and vport_delete takes all away" {
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        fc lun map $WWPN $TARGET 1 ${WWID}b 2G
        create $WWPN $WWNN
        in_box udevadm settle

        run in_box sh -c 'cat /sys/class/fc_vports/*/vport_state /sys/class/fc_vports/*/port_name'
        [ "${lines[0]}" = Active ]
        [ "${lines[1]}" = 0x$WWPN ]
        attribute_is "$HBA/npiv_vports_inuse" 1
        attribute_is /sys/class/block/sdb/size 4194304
        attribute_is /sys/class/block/sdb/device/wwid naa.${WWID}b

        in_box test /dev/disk/by-path/pci-0000:05:00.0-fc-0x$TARGET-lun-1 -ef /dev/sdb
        in_box test /dev/disk/by-id/wwn-0x${WWID}a -ef /dev/sda
        run in_box udevadm info --query=property --property=ID_SERIAL --value /dev/sda
        [ "$output" = 3${WWID}a ]

        delete $WWPN $WWNN
        in_box udevadm settle
        run in_box find /sys/class/fc_vports /sys/class/block /dev -name 'sd*' -o -name '*lun*' -o -name 'vport*'
        [ -z "$output" ]
        attribute_is "$HBA/npiv_vports_inuse" 0
}

@test "uevents come in the kernel's order, fc_vports first and last" {
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        # shellcheck disable=SC2016  # expanded in the box
        run in_box bash -c 'exec 3< <(exec udevadm monitor --kernel)
                while read -ru 3 line; do [[ $line == KERNEL\ -* ]] && break; done
                echo "$1" >/sys/class/fc_host/host0/vport_create
                echo "$1" >/sys/class/fc_host/host0/vport_delete
                while read -ru 3 _ action _ subsystem; do
                        echo "$action$subsystem"
                        [ "$action$subsystem" != "remove(fc_vports)" ] || break
                done
                kill $!' bash $WWPN:$WWNN
        [ "$(xargs <<<"$output")" = "add(fc_vports) add(workqueue) add(scsi) add(scsi_host) add(workqueue) \
add(bsg) add(fc_host) add(fc_remote_ports) add(scsi) add(fc_transport) add(scsi) add(scsi_device) \
add(scsi_generic) add(bsg) add(scsi_disk) add(block) bind(scsi) remove(bsg) remove(scsi_generic) \
remove(scsi_device) remove(block) remove(scsi_disk) unbind(scsi) remove(scsi) remove(fc_transport) \
remove(scsi) remove(fc_remote_ports) remove(bsg) remove(fc_host) remove(scsi_host) remove(scsi) \
remove(workqueue) remove(workqueue) remove(fc_vports)" ]
}

@test "vport_create and vport_delete refuse as the kernel does" {
        local bad

        for bad in "" junk "0x$WWPN:0x$WWNN" "$WWPN" "$WWPN:${WWNN}0" "${WWPN%4}g:$WWNN" "$WWPN $WWNN"; do
                run create "$bad" ''
                [ "$output" = EINVAL ]
        done

        create $WWPN $WWNN
        run create $WWPN $WWNN
        [ "$output" = EINVAL ]
        run create 100000109b000000 $WWNN
        [ "$output" = EINVAL ]

        run delete $WWPN 2001001b32a90005
        [ "$output" = ENODEV ]
        delete $WWPN $WWNN
        run delete $WWPN $WWNN
        [ "$output" = ENODEV ]

        fc npiv-max host0 0
        run create $WWPN $WWNN
        [ "$output" = ENOSPC ]
        fc npiv-max host0 255
}

@test "a refused duplicate uses up an index, a full HBA does not" {
        create $WWPN $WWNN
        first=$(in_box ls /sys/class/fc_vports)
        run create $WWPN $WWNN
        create ${WWPN%4}5 $WWNN
        second=$(in_box ls /sys/class/fc_vports | tail -n 1)
        [ $((${second##*-} - ${first##*-})) = 2 ]
}

@test "what cannot be written or read by mode cannot, not even by root" {
        run write_sysfs "$HBA/port_name" 0x1
        [ "$output" = EACCES ]
        run in_box cat "$HBA/vport_create"
        [[ $output == *"Permission denied"* ]]
        run in_box_as nobody sh -c "echo >$HBA/vport_create"
        [[ $output == *"Permission denied"* ]]
}

@test "policies: stuck, rejected, late, failing" {
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        fc policy $WWPN stuck
        create $WWPN $WWNN
        state=$(in_box sh -c 'cat /sys/class/fc_vports/*/vport_state')
        [ "$state" = Initializing ]
        [ -z "$(in_box ls /sys/class/block)" ]
        fc vport-state $WWPN Active
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/vport_last_state')" = Initializing ]
        [ "$(in_box ls /sys/class/block)" = sda ]
        delete $WWPN $WWNN

        fc policy $WWPN reject
        create $WWPN $WWNN
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/vport_state')" = "Fabric Rejected WWN" ]
        delete $WWPN $WWNN

        fc policy $WWPN active
        fc policy $WWPN delay 100
        create $WWPN $WWNN
        wait_for 5 in_box grep -rqx Active /sys/class/fc_vports/ -R --include vport_state
        delete $WWPN $WWNN

        fc policy $WWPN active
        fc policy $WWPN fail-errno EIO
        run create $WWPN $WWNN
        [ "$output" = EIO ]
        fc policy $WWPN active
        fc policy $WWPN delete-errno EBUSY
        create $WWPN $WWNN
        run delete $WWPN $WWNN
        [ "$output" = EBUSY ]
}

@test "a link that goes blocks the LUNs, and brings them back" {
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        create $WWPN $WWNN
        fc hba state host0 Linkdown
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/vport_state')" = Linkdown ]
        attribute_is /sys/class/block/sda/device/state blocked
        [ "$(in_box sh -c 'cat /sys/class/fc_remote_ports/*/port_state')" = Blocked ]
        fc hba state host0 Online
        [ "$(in_box sh -c 'cat /sys/class/fc_vports/*/vport_state')" = Active ]
        attribute_is /sys/class/block/sda/device/state running
}

@test "LUNs come, change, are held and go under a running vport" {
        create $WWPN $WWNN
        fc lun map $WWPN $TARGET 7 ${WWID}c 1G
        in_box udevadm settle
        in_box test -b /dev/disk/by-id/wwn-0x${WWID}c

        fc lun wwid $WWPN $TARGET 7 ${WWID}d
        in_box udevadm settle
        in_box test -b /dev/disk/by-id/wwn-0x${WWID}d

        fc hold dm-0 mpatha mpath-3${WWID}d sda
        attribute_is /sys/class/block/sda/holders/dm-0/dm/name mpatha
        fc release dm-0
        [ -z "$(in_box ls /sys/class/block/sda/holders)" ]

        fc lun unmap $WWPN $TARGET 7
        in_box udevadm settle
        run in_box test -e /dev/sda
        [ "$status" != 0 ]
}

@test "device nodes lead nowhere" {
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        create $WWPN $WWNN
        major=$(in_box stat -c %Hr /dev/sda)
        run grep -E "^ *$major " /proc/devices
        [ "$status" = 1 ]
        run in_box head -c 1 /dev/sda
        [ "$status" != 0 ]
}

@test "polkit lets vhbactl do it with the right detail, and nobody else" {
        pkcheck_as vhbactl --detail wwpn $WWPN
        run pkcheck_as vhbactl --detail wwpn 2101001b32a90005
        [ "$status" = 1 ]
        run pkcheck_as vhbanone --detail wwpn $WWPN
        [ "$status" = 1 ]
        run pkcheck_as nobody --detail wwpn $WWPN
        [ "$status" = 1 ]
}

@test "commands run as another user, in a cgroup of the box" {
        [ "$(in_box_as vhbactl id -un)" = vhbactl ]
        [ "$(in_box_as nobody sh -c 'grep ^0:: /proc/self/cgroup')" = 0::/box-run ]
        run in_box sh -c 'exit 42'
        [ "$status" = 42 ]
}

@test "the journal of a unit can be read" {
        in_box systemctl start box-test
        in_box journalctl --sync
        run in_box journalctl --unit box-test --output cat
        [[ $output == *"hello from the box"* ]]
}

@test "what is enabled starts after a reboot, and only /etc and /var stay" {
        in_box systemctl enable box-test
        in_box sh -c 'echo kept >/etc/box-test; echo kept >/var/lib/box-test; echo lost >/run/box-test'
        fc lun map $WWPN $TARGET 0 ${WWID}a 1G
        create $WWPN $WWNN
        before=$(in_box cat /proc/sys/kernel/random/boot_id)

        box reboot "$BOX_NAME"

        [ "$(in_box cat /proc/sys/kernel/random/boot_id)" != "$before" ]
        in_box systemctl is-active --quiet box-test
        [ "$(in_box cat /etc/box-test /var/lib/box-test | xargs)" = "kept kept" ]
        run in_box test -e /run/box-test
        [ "$status" != 0 ]
        [ -z "$(in_box ls /sys/class/fc_vports)" ]
        [ "$(in_box ls /sys/class/fc_host | xargs)" = "host0 host1" ]

        # The fabric outside has not forgotten.
        create $WWPN $WWNN
        [ "$(in_box ls /sys/class/block)" = sda ]
        # Nor the journal.
        [ "$(in_box journalctl --list-boots --quiet | grep -c '^ *-*[0-9]')" -ge 2 ]
}

@test "the box is gone without a trace, and the machine as it was" {
        box stop "$BOX_NAME"
        rm "$BATS_FILE_TMPDIR/box"

        run grep -lq "npivot-box/$BOX_NAME" /proc/[0-9]*/mountinfo
        [ "$status" != 0 ]
        [ -z "$(find /sys/fs/cgroup -name "npivot-box-$BOX_NAME")" ]
        [ -z "$(pgrep -f "npivot-box/$BOX_NAME")" ]
        [ ! -e "/run/npivot-box/$BOX_NAME" ]
        diff "$BATS_FILE_TMPDIR/machine" <(machine_state)
}

@test "a killed box is gone as well" {
        box_start
        box kill "$BOX_NAME"
        [ -z "$(find /sys/fs/cgroup -name "npivot-box-$BOX_NAME")" ]
        [ -z "$(pgrep -f "npivot-box/$BOX_NAME")" ]
        run box leader "$BOX_NAME"
        [ "$status" != 0 ]
}

@test "two boxes know nothing of each other" {
        box_start
        other=$BOX_NAME-b
        box start "$other"
        box fc "$other" hba add port_name=21000024ff000001 pci=0000:81:00.0
        box run "$other" udevadm settle
        box run "$other" udevadm info /sys/class/fc_host/host1
        run in_box test -e /sys/class/fc_host/host1
        [ "$status" != 0 ]
        box kill "$other"
        in_box systemctl is-system-running
}
