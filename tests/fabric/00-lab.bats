#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The lab itself, with the kernel alone: guests, their agents, their disks; HBAs, vports, LUNs and
# masking. What later files build on is promised here.

bats_require_minimum_version 1.5.0
load lib

# Two initiators, as a SAN admin would zone them: the first sees both LUNs, the second sees only
# blue, and under the number that red has for the first.
first=2100001b32a10001
second=2100001b32a10002
red=naa.60014050000000000000000000001a01
blue=naa.60014050000000000000000000001a02

setup_file() {
        fabric_is_possible || return 0
        fabric_start
        in_parallel \
                "target_start array --lun red:64M:1a01 --lun blue:32M:1a02 --lun spare:16M:1a03 \
                        --map $first:0=red,1=blue --map $second:0=blue" \
                "host_start a --no-npivot" \
                "host_start b"
}

setup() {
        fabric_skip_unless_possible
}

teardown() {
        fabric_keep_evidence
}

teardown_file() {
        fabric_stop
}

# create GUEST WWPN: the kernel's own way, on the first HBA; returns when the vport is Active
create() {
        local hba

        hba="\$(grep -l $(wwpn "$1") /sys/class/fc_host/*/port_name)"
        on "$1" "echo $2:2000${2:4} >\$(dirname $hba)/vport_create"
        wait_on 30 "$1" "grep -q Active \$(dirname \$(grep -l $2 /sys/class/fc_vports/*/port_name))/vport_state"
}

delete() {
        local hba

        hba="\$(grep -l $(wwpn "$1") /sys/class/fc_host/*/port_name)"
        on "$1" "echo $2:2000${2:4} >\$(dirname $hba)/vport_delete"
}

# seen_by GUEST WWPN: "LUN WWID BYTES" of each disk behind the vport, by LUN
seen_by() {
        on "$1" "
                port=\$(grep -l $2 /sys/class/fc_host/*/port_name) || exit 0
                for disk in \$(readlink -f \$(dirname \$port)/device)/rport-*/target*/*:*/block/*; do
                        [ -e \"\$disk\" ] || continue
                        lun=\$(basename \$(dirname \$(dirname \$disk)))
                        echo \${lun##*:} \$(cat \$disk/device/wwid) \$((\$(cat \$disk/size) * 512))
                done | sort -n"
}

sees() {
        [ "$(seen_by "$1" "$2")" = "$3" ]
}

# disk GUEST WWID: its stable path
disk() {
        echo "/dev/disk/by-id/wwn-0x${2#naa.}"
}

@test "a command comes back with its exit code, and its output and error apart" {
        run --separate-stderr on a 'echo out; echo err >&2; exit 7'
        [ "$status" = 7 ]
        [ "$output" = out ]
        # shellcheck disable=SC2154 # set by run
        [ "$stderr" = err ]
}

@test "arguments arrive as they are, and a single one is shell text" {
        [ "$(on a printf '%s|' 'a  b' '$HOME' '*')" = "a  b|\$HOME|*|" ]
        [ "$(on a 'echo $HOME')" = /root ]
}

@test "a command that does not end is ended, in the guest too" {
        run vm exec -t 1 a 'exec -a lab-sleeper sleep 1000'
        [ "$status" = 124 ]
        run on a pgrep -f '^lab-sleeper'
        [ "$status" = 1 ]
}

@test "a command ends though something it left behind holds its output" {
        [ "$(on a 'setsid sleep 30 & echo done')" = "done" ]
}

@test "any bytes go in and out unharmed" {
        head -c 2000000 /dev/urandom >"$BATS_TEST_TMPDIR/bytes"
        vm put a "$BATS_TEST_TMPDIR/bytes" /root/in
        vm get a /root/in/bytes "$BATS_TEST_TMPDIR/out"
        cmp "$BATS_TEST_TMPDIR/bytes" "$BATS_TEST_TMPDIR/out/bytes"
        vm exec -i a 'tr a-z A-Z' <<<"hello" | grep -x HELLO
}

@test "many commands at once are not mixed up" {
        local i

        for i in 1 2 3 4 5 6 7 8; do
                on a "for n in \$(seq 100); do echo $i; done" >"$BATS_TEST_TMPDIR/$i" 3>&- &
        done
        wait
        for i in 1 2 3 4 5 6 7 8; do
                [ "$(uniq -c "$BATS_TEST_TMPDIR/$i" | xargs)" = "100 $i" ]
        done
}

@test "nothing failed while the guests started" {
        local guest

        for guest in a b array; do
                wait_on 60 "$guest" 'systemctl is-active multi-user.target'
                [ -z "$(on "$guest" systemctl --failed --no-legend)" ]
        done
}

@test "guests are told apart: name, machine id and WWPN" {
        [ "$(on a hostname)" = a ]
        [ "$(on a cat /etc/machine-id)" != "$(on b cat /etc/machine-id)" ]
        [ "$(on a cat /sys/class/fc_host/host0/port_name)" = "0x$(wwpn a)" ]
        [ "$(on b cat /sys/class/fc_host/host0/port_name)" = "0x$(wwpn b)" ]
}

@test "npivot is in a guest as if it were installed, unless it is not wanted" {
        on b test -e /usr/share/dbus-1/interfaces/org.npivot.vhba1.Manager.xml
        run on a test -e /usr/share/dbus-1/interfaces/org.npivot.vhba1.Manager.xml
        [ "$status" = 1 ]
}

@test "each HBA is on the switch" {
        local guest

        for guest in a b array; do
                fabric ports | grep -q "$(wwpn "$guest")"
        done
}

@test "a vport made by hand is Active and sees what is mapped to it, and no more" {
        create a $first
        fabric ports | grep -q $first
        wait_for 30 sees a $first "0 $red 67108864
1 $blue 33554432"
}

@test "another vport sees another LUN under the same number" {
        create a $second
        wait_for 30 sees a $second "0 $blue 33554432"
        sees a $first "0 $red 67108864
1 $blue 33554432"
}

@test "the WWPN moves to another host, and LUNs and data with it" {
        local sum path
        path=$(disk a $red)

        wait_on 30 a "test -b $path"
        sum=$(on a "head -c 1M /dev/urandom >/run/data
                dd if=/run/data of=$path bs=64k oflag=direct status=none
                sha256sum </run/data")
        delete a $first
        wait_on 30 a "! test -e $path"
        run fabric ports
        [[ $output != *$first* ]]

        create b $first
        wait_on 30 b "test -b $path"
        [ "$(on b "head -c 1M $path | sha256sum")" = "$sum" ]
}

@test "LUNs are mapped, hidden and resized while an initiator is logged in" {
        local rescan='for host in /sys/class/scsi_host/*/scan; do echo - - - >$host; done'

        wait_for 30 sees b $first "0 $red 67108864
1 $blue 33554432"
        on array target map $first:7=spare
        on b "$rescan"
        wait_for 30 sees b $first "0 $red 67108864
1 $blue 33554432
7 naa.60014050000000000000000000001a03 16777216"

        on array target resize spare 24M
        on b 'for disk in /sys/class/scsi_disk/*:7; do echo 1 >$disk/device/rescan; done'
        sees b $first "0 $red 67108864
1 $blue 33554432
7 naa.60014050000000000000000000001a03 25165824"

        on array target unmap $first:7
        run on array target list
        [[ $output != *spare* ]]
        on b 'for disk in /sys/class/scsi_disk/*:7; do
                        ! sg_inq $(ls -d /sys/class/scsi_disk/*:7/device/block/* |
                                sed "s|.*/|/dev/|") || exit 1
                        echo 1 >$disk/device/delete
                done'
        sees b $first "0 $red 67108864
1 $blue 33554432"
}

@test "a cable that is pulled takes the link down, and up again" {
        vm cable b 0 out
        wait_on 30 b 'grep -qi linkdown /sys/class/fc_host/host0/port_state'
        vm cable b 0 in
        wait_on 60 b 'grep -q Online /sys/class/fc_host/host0/port_state'
        wait_on 60 b 'grep -q Active /sys/class/fc_vports/*/vport_state'
}

@test "after a reboot a host has its files and its HBA, and no vport" {
        local boot
        boot=$(on b cat /proc/sys/kernel/random/boot_id)

        on b 'echo kept >/etc/lab-test; echo kept >/var/lib/lab-test'
        vm reboot b
        [ "$(on b cat /proc/sys/kernel/random/boot_id)" != "$boot" ]
        [ "$(on b cat /etc/lab-test /var/lib/lab-test)" = $'kept\nkept' ]
        wait_on 60 b 'grep -q Online /sys/class/fc_host/host0/port_state'
        [ -z "$(on b ls /sys/class/fc_vports)" ]
        on b 'journalctl -b -1 -u basic.target' | grep -q 'Reached target'
}

@test "a power cut keeps what was synced" {
        on a 'echo kept >/etc/lab-test; sync -f /etc/lab-test'
        vm reset a
        [ "$(on a cat /etc/lab-test)" = kept ]
        hbas_online a
}

@test "a frozen guest answers nobody, and goes on where it was" {
        vm freeze a
        run vm exec -t 1 a true
        [ "$status" = 124 ]
        vm thaw a
        on a true
}

@test "a guest that is stopped starts again with its disk" {
        vm stop a
        run vm exec -t 5 a true
        [ "$status" = 125 ]
        host_start a --no-npivot
        [ "$(on a cat /etc/lab-test)" = kept ]
}
