#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vHBAs on the kernel's own FC stack: the main job, and everything that may stand in its way, each
# with its own words. Host a is npivot's; host b stands for any other host on the SAN.

bats_require_minimum_version 1.5.0
load lib

first=2100001b32a10001
second=2100001b32a10002
red=60014050000000000000000000001a01
blue=60014050000000000000000000001a02

setup_file() {
        fabric_is_possible || return 0
        fabric_start
        in_parallel \
                "target_start array --switch $FABRIC_RUN/fabric --switch $FABRIC_RUN/fabric \
                        --lun red:64M:1a01 --lun blue:32M:1a02 \
                        --map $first:0=red,1=blue --map $second:0=blue" \
                "host_start a" \
                "host_start b --no-npivot"
}

setup() {
        fabric_skip_unless_possible
        # Whatever a failed test before has left: the fabric does everything, b has no vport.
        fabric npiv on
        fabric max-vports 255
        on b "! grep -qs $second /sys/class/fc_vports/*/port_name ||
                echo $second:2000${second:4} >/sys/class/fc_host/host0/vport_delete"
}

teardown() {
        fabric_keep_evidence
}

teardown_file() {
        fabric_stop
}

# define WWPN [OPTION of npivot vhba define]...
define() {
        on a npivot vhba define --replace "$1" "2000${1:4}" "${@:2}"
}

# property WWPN NAME: of its object on the bus, as text
property() {
        on a busctl --json=short get-property org.npivot.vhba1 \
                "/org/npivot/vhba1/vhba/_32${1:1}" org.npivot.vhba1.Vhba "$2" | jq -r .data
}

property_is() {
        [ "$(property "$1" "$2")" = "$3" ]
}

# link WWPN LUN [TARGET PORT]: below /dev/disk/by-vhba
link() {
        echo "/dev/disk/by-vhba/$1-$(wwpn array "${3:-0}")-lun-$2"
}

# start_fails WWPN CAUSE WORDS...: the unit fails, the bus has the cause, systemctl status the words
start_fails() {
        local word

        on a systemctl stop "vhba@$1"
        run on a systemctl start "vhba@$1"
        [ "$status" != 0 ]
        wait_for 10 property_is "$1" Cause "$2"
        # The journal as well: the next try may be under way, and then the status is about that.
        run on a "systemctl status --no-pager --full vhba@$1; journalctl --no-pager -n 20 -u vhba@$1"
        echo "$output"
        for word in "${@:3}"; do
                [[ $output = *"$word"* ]]
        done
        # What it made it has taken back.
        run on a "grep -ls $1 /sys/class/fc_vports/*/port_name"
        [ "$output" = "" ]
        on a systemctl stop "vhba@$1"
}

# The second vHBA with its LUN, whether or not the test before has left it so.
second_up() {
        ! on a systemctl --quiet is-active "vhba@$second" || return 0
        define $second --expect "0 wwid:$blue paths:2"
        on a systemctl start "vhba@$second"
}

# The first one, which other tests use as the one that is simply there.
first_up() {
        ! on a systemctl --quiet is-active "vhba@$first" || return 0
        define $first --expect "0 wwid:$red paths:2" --expect "1 wwid:$blue paths:2" --timeout 90
        on a systemctl start "vhba@$first"
}

# in_background UNIT COMMAND...: on host a, its output in /run/UNIT.out; ends with systemctl stop
in_background() {
        on a systemd-run --quiet --unit "$1" -p "StandardOutput=truncate:/run/$1.out" "${@:2}"
}

undefine() {
        on a "systemctl disable --now vhba@$1; npivot vhba undefine $1"
}

@test "a host's HBA is shown with its fabric and its room for vports" {
        run on a npivot hba --json
        echo "$output"
        jq -e . <<<"$output"
        [[ $output = *"$(wwpn a)"* ]]
        [[ $output = *Online* ]]
}

@test "defined, enabled and rebooted, a vHBA is Active with its LUNs before what needs them" {
        define $first --expect "0 wwid:$red paths:2" --expect "1 wwid:$blue paths:2" --timeout 90
        on a npivot vhba enable $first
        on a "cat >/etc/systemd/system/needs-disk.service <<EOF
[Unit]
Requires=vhba@$first.service
After=vhba@$first.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=dd if=$(link $first 0) of=/dev/null bs=4k count=1 iflag=direct
ExecStart=dd if=$(link $first 1 1) of=/dev/null bs=4k count=1 iflag=direct
[Install]
WantedBy=multi-user.target
EOF
                systemctl enable needs-disk"
        vm reboot a
        wait_on 120 a 'systemctl is-active needs-disk multi-user.target'
        [ "$(on a "cat \$(dirname \$(grep -l $first /sys/class/fc_vports/*/port_name))/vport_state")" = Active ]
        property_is $first KernelState Active
        property_is $first UnitState active
        property_is $first Autostart true
        on a '
                ready=$(systemctl show -P ActiveEnterTimestampMonotonic vhba@'$first')
                begun=$(systemctl show -P ExecMainStartTimestampMonotonic needs-disk)
                done=$(systemctl show -P ActiveEnterTimestampMonotonic multi-user.target)
                echo "$ready $begun $done"
                [ "$ready" -gt 0 ] && [ "$ready" -le "$begun" ] && [ "$begun" -le "$done" ]'
}

@test "no daemon is needed for it" {
        on a systemctl stop vhbad lunwatch
        on a systemctl restart "vhba@$first"
        on a systemctl is-active "vhba@$first"
        [ "$(on a "cat \$(dirname \$(grep -l $first /sys/class/fc_vports/*/port_name))/vport_state")" = Active ]
}

@test "two vports whose lun-0 are different LUNs have different by-vhba links; by-path has one" {
        second_up
        run on a "
                udevadm settle
                udevadm info -q property -n $(link $first 0) | grep ^ID_SERIAL_SHORT=
                udevadm info -q property -n $(link $second 0) | grep ^ID_SERIAL_SHORT=
                ls /dev/disk/by-path | grep -c $(wwpn array)-lun-0\$"
        echo "$output"
        [ "${lines[0]}" = "ID_SERIAL_SHORT=$red" ]
        [ "${lines[1]}" = "ID_SERIAL_SHORT=$blue" ]
        [ "${lines[2]}" = 1 ]
}

@test "lunwatch finds a LUN by initiator and number, and a device's vHBA" {
        [ "$(on a npivot lun lookup $first 0)" = "$(link $first 0)" ] ||
                [ "$(on a npivot lun lookup $first 0)" = "$(link $first 0 1)" ]
        second_up
        on a npivot lun show "$(link $second 0)" | grep $second
        run on a npivot lun lookup $first
        [ "$status" = 1 ]
        [[ $output = *"$red"* && $output = *"$blue"* ]]
}

@test "subscribers hear of LUNs that the storage admin takes away and gives" {
        second_up
        in_background watch npivot lun watch --json
        wait_on 20 a 'busctl list --unique | grep -q "npivot .*watch.service"'
        undefine $second
        wait_on 30 a "grep removed /run/watch.out | grep $second"
        second_up
        wait_on 30 a "grep added /run/watch.out | grep $second"
        on a systemctl stop watch
}

@test "a LUN that is in use holds its vHBA, and is named" {
        second_up
        on a "mkfs.ext4 -q $(link $second 0) && mkdir -p /srv/red && mount $(link $second 0) /srv/red"
        run on a npivot vhba stop $second
        [ "$status" = 1 ]
        [[ $output = */srv/red* ]]
        on a test -e "$(link $second 0)"
        on a umount /srv/red
        on a npivot vhba stop $second
        run on a "grep -ls $second /sys/class/fc_vports/*/port_name; ls -d /dev/disk/by-vhba/$second*"
        [[ $output != *fc_vports* && $output != *lun-0 ]]
}

@test "a LUN that is missing is named when the start fails" {
        define $second --expect "0" --expect "5 wwid:$red" --timeout 12
        start_fails $second lun-missing "LUN 5 (WWID $red) is not there"
}

@test "a LUN with another WWID is refused, and both are named" {
        define $second --expect "0 wwid:$red" --timeout 12
        start_fails $second lun-different "$red" "$blue"
}

@test "too few paths are counted" {
        define $second --expect "0 paths:3" --timeout 12
        start_fails $second paths-missing "2" "3"
}

@test "a WWPN that is in use elsewhere fails in words, and comes up by itself once it is free" {
        on a systemctl stop "vhba@$second"
        define $second --expect "0 paths:2" --timeout 20
        on b "echo $second:2000${second:4} >/sys/class/fc_host/host0/vport_create"
        wait_on 30 b 'grep -q Active /sys/class/fc_vports/*/vport_state'

        run on a systemctl start "vhba@$second"
        [ "$status" != 0 ]
        wait_for 10 property_is $second Cause wwpn-in-use
        run on a "systemctl status --no-pager --full vhba@$second; journalctl --no-pager -n 20 -u vhba@$second"
        echo "$output"
        [[ $output = *"logged in elsewhere on the fabric, as port 0x"* ]]

        on b "echo $second:2000${second:4} >/sys/class/fc_host/host0/vport_delete"
        wait_on 90 a "systemctl is-active vhba@$second"
        property_is $second KernelState Active
        on a systemctl stop "vhba@$second"
}

# The kernel learns what the fabric can do when it logs in.
log_in_anew() {
        vm cable a 0 out
        wait_on 30 a 'grep -qi linkdown /sys/class/fc_host/host0/port_state'
        vm cable a 0 in
        wait_on 60 a 'grep -q Online /sys/class/fc_host/host0/port_state'
}

@test "a fabric without NPIV is told" {
        fabric npiv off
        define $second --timeout 12
        log_in_anew
        start_fails $second no-npiv "NPIV"
        fabric npiv on
        log_in_anew
        wait_for 60 property_is $first KernelState Active
}

@test "a fabric port that takes no more logins is told from a WWPN in use" {
        define $second --timeout 10
        fabric max-vports 1
        start_fails $second login-refused
}

@test "an HBA that is full is told before the kernel is asked" {
        # libfc has room for 65,535; the number that it shows is laid over here, all else is real.
        on a 'echo 1 >/run/one; mount --bind /run/one /sys/class/fc_host/host0/max_npiv_vports'
        define $second --timeout 8
        start_fails $second parent-full "$(wwpn a)"
        on a 'umount /sys/class/fc_host/host0/max_npiv_vports'
}

@test "an HBA that is not here, and a parent that is itself the WWPN, are told" {
        define $second --parent pci:0000:7f:00.0 --timeout 5
        start_fails $second no-parent pci:0000:7f:00.0

        run define "$(wwpn a)"
        [ "$status" = 1 ]
        [[ $output = *"$(wwpn a)"* ]]
}

@test "without a link the parent is offline, and the unit comes up when it is back" {
        on a systemctl stop "vhba@$second"
        define $second --timeout 15
        vm cable a 0 out
        wait_on 30 a 'grep -qi linkdown /sys/class/fc_host/host0/port_state'
        run on a systemctl start "vhba@$second"
        [ "$status" != 0 ]
        wait_for 10 property_is $second Cause parent-offline
        vm cable a 0 in
        wait_on 90 a "systemctl is-active vhba@$second"
        on a systemctl stop "vhba@$second"
}

@test "when the link flaps, the state follows on the bus within a second" {
        first_up
        # Both clocks are the guest's: the first moment at which sysfs shows it, and the signal.
        vm put a "$BATS_TEST_DIRNAME/guest/follow-state" /run
        in_background kernel bash /run/follow-state $first
        in_background bus busctl monitor --json=short --match \
                "type=signal,member=PropertiesChanged,path=/org/npivot/vhba1/vhba/_32${first:1}"
        wait_on 20 a 'grep -q Active /run/kernel.out && journalctl -b -u dbus | grep -q "became a monitor"'
        vm cable a 0 out
        wait_on 30 a 'grep -q Linkdown /run/kernel.out && grep -q Linkdown /run/bus.out'
        vm cable a 0 in
        wait_on 60 a 'tail -n 1 /run/kernel.out | grep -q Active && tail -n 2 /run/bus.out | grep -q Active'
        on a systemctl stop kernel bus

        on a cat /run/kernel.out >"$BATS_TEST_TMPDIR/kernel"
        on a "grep ^{ /run/bus.out" >"$BATS_TEST_TMPDIR/bus"
        cat "$BATS_TEST_TMPDIR/kernel" "$BATS_TEST_TMPDIR/bus"
        for state in Linkdown Active; do
                seen=$(awk -v s=$state '$2 == s { t = $1 } END { print t }' "$BATS_TEST_TMPDIR/kernel")
                told=$(jq -r --arg s $state 'select(.payload.data[1].KernelState.data? == $s) |
                        ."timestamp-realtime"' "$BATS_TEST_TMPDIR/bus" | tail -n 1)
                echo "$state: in sysfs at $seen, on the bus at $told"
                [ "$told" -le $((seen + 1000000)) ]
        done
}
