#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# lunwatch on the kernel's own SCSI, FC, iSCSI and device-mapper, with the real multipathd: what
# happens at the storage is on the bus, with the right cause, in order. One subscriber hears all of
# it, also over a restart of lunwatch.

bats_require_minimum_version 1.5.0
load lib

red=60014050000000000000000000001a01
blue=60014050000000000000000000001a02
spare=60014050000000000000000000001a03
fresh=60014050000000000000000000001a04
green=60014050000000000000000000001b01
iqn=iqn.2003-01.org.linux-iscsi.lab:green

setup_file() {
        fabric_is_possible || return 0
        fabric_start
        in_parallel \
                "target_start array --switch $FABRIC_RUN/fabric --switch $FABRIC_RUN/fabric \
                        --lun red:64M:1a01 --lun blue:32M:1a02 --lun spare:16M:1a03 \
                        --lun fresh:16M:1a04 \
                        --map $(wwpn a):0=red,1=blue" \
                "host_start a"
        # multipathd would call the one mpatha that it sees first.
        on a "printf 'defaults {\n%s\n}\nblacklist {\n devnode \"^vd\"\n}\nmultipaths {\n%s\n%s\n}\n' 'user_friendly_names yes
                find_multipaths no
                polling_interval 2
                max_polling_interval 2
                fast_io_fail_tmo 2
                dev_loss_tmo 600' 'multipath {
                wwid 3$red
                alias mpatha
                }' 'multipath {
                wwid 3$blue
                alias mpathb
                }' >/etc/multipath.conf"
        on a 'systemctl start multipathd lunwatch
                systemd-run --quiet --unit subscriber -p StandardOutput=truncate:/run/told \
                        busctl --json=short monitor --match "type=signal,sender=org.npivot.lunwatch1"'
        wait_on 20 a 'dmsetup info mpatha && dmsetup info mpathb'
}

setup() {
        fabric_skip_unless_possible
}

teardown() {
        fabric_keep_evidence
        # What failed half-way does not take the next ones along.
        [ -n "${BATS_TEST_COMPLETED:-}" ] || [ -n "${BATS_TEST_SKIPPED:-}" ] || second_port in
}

teardown_file() {
        fabric_stop
}

# call INTERFACE METHOD [SIGNATURE ARGUMENT...]: the answer as JSON
call() {
        on a busctl --json=short call org.npivot.lunwatch1 /org/npivot/lunwatch1 \
                "org.npivot.lunwatch1.$1" "${@:2}"
}

# What the subscriber has heard: "path changed state /dev/sda", "map added new mpatha", a line each.
told() {
        on a "grep '^{' /run/told" | jq -r 'select(.member == "Changed") |
                if .interface == "org.npivot.lunwatch1.Manager" then
                        .payload.data[1][] | "path \(.[0]) \(.[1]) \(.[2][8])"
                elif .interface == "org.npivot.lunwatch1.Maps" then
                        .payload.data[1][] | "map \(.[0]) \(.[1]) \(.[2][0])"
                else empty end'
}

# From here on: told_since has what was told after mark.
mark() {
        MARK=$(told | wc -l)
}

told_since() {
        told | tail -n "+$((MARK + 1))"
}

# in_order LINE...: were these told since the mark, one after the other, whatever is between?
in_order() {
        local line

        told_since | {
                for line; do
                        until [ "${heard-}" = "$line" ]; do
                                read -r heard || { echo "not told: $line"; exit 1; }
                        done
                done
        }
}

# The disk that is this LUN's over the array's port N.
disk() {
        on a "basename \$(readlink /dev/disk/by-vhba/$(wwpn a)-$(wwpn array "$2")-lun-$1)"
}

# second_port in|out: the cable of the array's second port
second_port() {
        vm cable array 1 "$1"
}

device_rescan() {
        on a "echo 1 >/sys/block/$1/device/rescan"
}

lookup() {
        call Manager Lookup sss "$(wwpn a)" "" "$1"
}

# members_agree: name, device, states and group of every path of every multipath map
members_agree() {
        local ours theirs

        ours=$(call Maps ListMaps 'a{sv}su' 1 Kind s multipath "" 100 | jq -c '[.data[0][] |
                .[0] as $m | .[7][] | [$m, .[0], .[2], .[3], .[4], .[5]]] | sort')
        theirs=$(on a multipathd show maps json | jq -c '[.maps[] | .name as $m | .path_groups[] |
                .dm_st as $g | .group as $n | .paths[] |
                [$m, "/dev/" + .dev, .dm_st, .chk_st, $n, $g]] | sort')
        echo "$ours"
        echo "$theirs"
        [ "$ours" = "$theirs" ] && [ "$(jq length <<<"$ours")" = 4 ]
}

@test "maps form over two target ports, just as multipathd has them" {
        wait_for 20 members_agree
}

@test "a map tells its paths, a path tells its map" {
        run call Maps PathsOf s mpatha
        [ "$(jq -c '[.data[0][][8]] | sort' <<<"$output")" = \
                "$(jq -cn '$ARGS.positional | sort' --args "/dev/$(disk 0 0)" "/dev/$(disk 0 1)")" ]
        run call Maps MapOf s "$(disk 0 1)"
        [ "$(jq -r '.data[0][0]' <<<"$output")" = mpatha ]
        [ "$(jq -r '.data[0][9][0]' <<<"$output")" = "/dev/disk/by-id/dm-uuid-mpath-3$red" ]
        run call Maps GetMap s "naa.$red"
        [ "$(jq -r '.data[0][0]' <<<"$output")" = mpatha ]
}

@test "a path that is lost and comes back is told with its causes, in order" {
        local disk
        disk=$(disk 0 1)
        mark
        second_port out
        # A command that is on its way is given up after some 16 s: multipathd may have seen it fail
        # before the kernel knows that the port is away. What is told of each is in order.
        wait_for 60 in_order "path changed port-state /dev/$disk"
        wait_for 60 in_order "map changed path-failed mpatha"
        wait_for 10 members_agree

        second_port in
        wait_for 50 in_order "path changed port-state /dev/$disk" "path changed port-state /dev/$disk"
        wait_for 50 in_order "map changed path-failed mpatha" "map changed path-restored mpatha"
        wait_for 10 members_agree
}

@test "a port that stays away takes its paths along: port-lost, and new when it is back" {
        local disk
        disk=$(disk 0 1)
        on a "grep -l $(wwpn array 1) /sys/class/fc_remote_ports/*/port_name |
                sed 's/port_name/dev_loss_tmo/' | xargs -I{} sh -c 'echo 5 >{}'"
        mark
        second_port out
        wait_for 40 in_order "path changed port-state /dev/$disk" "path removed port-lost /dev/$disk"
        [ "$(call Maps PathsOf s mpatha | jq '.data[0] | length')" = 1 ]

        second_port in
        wait_for 40 lookup_has_two_paths
        told_since | grep -q '^path added new /dev/sd'
        wait_for 20 members_agree
}

lookup_has_two_paths() {
        [ "$(lookup 0 | jq '.data[2] | length')" = 2 ]
}

# Nobody scans: the target says that its LUNs are others, and lunwatch has them read again.
@test "another LUN under the same number is quarantined, over a kill -9, until it is released" {
        local first second
        first=$(disk 0 0) second=$(disk 0 1)
        mark
        on array "target unmap $(wwpn a):0; target map $(wwpn a):0=spare"
        wait_for 20 in_order "path changed identity /dev/$first"
        wait_for 20 in_order "path changed identity /dev/$second"
        run ! lookup 0
        [[ $output = *quarantined*wwid-changed* ]]

        on a systemctl kill -s KILL lunwatch
        wait_on 20 a 'systemctl is-active lunwatch'
        run ! lookup 0
        [[ $output = *quarantined* ]]
        run call Guard ListQuarantined
        [[ $output = *wwid-changed*naa.$red*naa.$spare* ]]

        # It was a mistake at the array.
        on array "target unmap $(wwpn a):0; target map $(wwpn a):0=red"
        wait_for 20 quarantine_shows "naa.$red 64 MiB" "naa.$red 64 MiB"
        call Guard Release s "naa.$red"
        wait_for 20 in_order "path changed identity /dev/$first" "path changed released /dev/$first"
        wait_for 20 in_order "path changed identity /dev/$second" "path changed released /dev/$second"
        wait_for 20 lookup 0
}

# Of both paths.
quarantine_shows() {
        [ "$(call Guard ListQuarantined | jq -r '.data[0][] | select(.[0] == "path") | "\(.[4]), \(.[5])"')" = \
                "$(printf '%s\n' "$1, $2" "$1, $2")" ]
}

@test "a LUN that grows at the storage is told as another size, until that is released" {
        local first second
        first=$(disk 1 0) second=$(disk 1 1)
        mark
        on array target resize blue 48M
        device_rescan "$first"
        device_rescan "$second"
        wait_for 20 in_order "path changed size /dev/$first"
        wait_for 20 in_order "path changed size /dev/$second"
        run ! lookup 1
        [[ $output = *size-changed* ]]
        call Guard Release s "naa.$blue"
        wait_for 20 lookup 1
}

@test "who uses a LUN is told: mounts, LVM, swap; and a mount point leads to HBA and paths" {
        on a 'mkfs.ext4 -q /dev/mapper/mpatha && mkdir -p /srv/red && mount /dev/mapper/mpatha /srv/red
                pvcreate -qq /dev/mapper/mpathb && vgcreate -qq vg /dev/mapper/mpathb &&
                        lvcreate -qq -n swap -L 8M vg && mkswap -q /dev/vg/swap && swapon /dev/vg/swap'
        wait_for 10 used_by mpatha "mount /srv/red $(mapped mpatha)"
        wait_for 10 used_by "$(disk 0 0)" "map mpatha /dev/$(disk 0 0)"
        wait_for 10 used_by mpathb "lvm vg-swap $(mapped mpathb)"
        wait_for 10 used_by mpathb "swap"

        run call Usage Trace s /srv/red
        [ "$(jq -r '.data[0]' <<<"$output")" = mount ]
        [ "$(jq -c '[.data[1][] | .[4]] | unique' <<<"$output")" = "[\"$(wwpn a)\"]" ]
        [ "$(jq -c '[.data[2][][0]]' <<<"$output")" = '["mpatha"]' ]
        run call Usage Trace s vg-swap
        [ "$(jq -c '[.data[1][] | .[7]] | unique' <<<"$output")" = "[\"naa.$blue\"]" ]

        on a 'umount /srv/red; swapoff /dev/vg/swap; vgchange -qq -an vg'
        wait_for 10 not_used_by mpatha mount
        wait_for 10 not_used_by mpathb lvm
}

# mapped NAME: the kernel's name of it, which depends on which map came first
mapped() {
        on a realpath "/dev/mapper/$1"
}

uses() {
        call Usage GetUsage s "$1" | jq -r '.data[0][] | "\(.[0]) \(.[1]) \(.[2])"'
}

used_by() {
        uses "$1" | grep -q "^$2"
}

not_used_by() {
        ! used_by "$@"
}

@test "a new LUN is found by its number, and waited for with all its paths and its map" {
        local hba
        hba=$(wwpn a)
        on array target map "$hba:5=fresh"
        on a npivot lun rescan "$hba" 5
        on a npivot lun wait "$hba" 5 --paths 2 --map --timeout 20
        run call Maps GetMap s "naa.$fresh"
        [ "$(jq '.data[0][7] | length' <<<"$output")" = 2 ]

        run ! on a npivot lun rescan "$hba" 7
        [[ $output = *"(nothing-found)"*"LUN 7 behind $hba nothing is there"* ]]
        run ! on a npivot lun wait "$hba" 7 --timeout 1
        [[ $output = *"(timeout)"*"0 of 1 usable paths"* ]]
        run ! on a npivot lun rescan 2101001b32ffffff
        [[ $output = *"(no-such-object)"* ]]
}

@test "what is on a LUN and which process has it open is told by name" {
        on a "mkfs.ext4 -q -L hello /dev/disk/by-id/dm-uuid-mpath-3$fresh
                systemd-run --quiet --unit reader sh -c 'exec 5</dev/disk/by-id/dm-uuid-mpath-3$fresh; read x </dev/zero'"
        wait_for 20 inspect_shows "signature *ext4 (hello)"
        wait_for 20 inspect_shows "process *$(on a systemctl show -P MainPID reader) .*sh (PID"
}

inspect_shows() {
        on a npivot lun inspect "naa.$fresh" | grep "^$1"
}

@test "a LUN in use is not removed, and who uses it is named" {
        run ! on a npivot lun remove "naa.$fresh"
        [[ $output = *"(busy)"*"sh (PID "*") has dm-"*" open"* ]]
        on a systemctl stop reader
        on a "mkdir -p /srv/fresh && mount /dev/disk/by-id/dm-uuid-mpath-3$fresh /srv/fresh"
        run ! on a npivot lun remove "naa.$fresh" --force
        [[ $output = *"(busy)"*"is mounted on /srv/fresh"* ]]
        on a umount /srv/fresh
}

@test "removing a LUN takes its map and every path, told as deleted, and it can come back" {
        local first second
        first=$(disk 5 0) second=$(disk 5 1)
        mark
        run -0 on a npivot lun remove "$second"
        [[ $output = *"$first is removed."* && $output = *"$second is removed."* ]]
        [[ $output = *"mpath"*" is removed."* ]]
        run ! lookup 5
        wait_for 20 in_order "path removed deleted /dev/$first"
        wait_for 20 in_order "path removed deleted /dev/$second"
        run ! on a "ls /sys/block/$first /dev/disk/by-id/dm-uuid-mpath-3$fresh"

        on a npivot lun rescan "$(wwpn a)" 5
        on a npivot lun wait --wwid "$fresh" --paths 2 --map --timeout 20
}

@test "iSCSI paths are in the same views as Fibre Channel's" {
        local initiator
        initiator=$(on a "sed -n 's/^InitiatorName=//p' /etc/iscsi/initiatorname.iscsi")
        mark
        on a "target iscsi $iqn green:32M:1b01 127.0.0.1 127.0.0.2 &&
                systemctl start iscsid &&
                iscsiadm -m discovery -t sendtargets -p 127.0.0.1 &&
                iscsiadm -m node --login"
        wait_for 30 iscsi_paths 2
        run call Manager ListPaths 'a{sv}su' 1 Transport s iscsi "" 10
        [ "$(jq -r '.data[0][0] | "\(.[2]) \(.[5]) \(.[7]) \(.[11])"' <<<"$output")" = \
                "$initiator $iqn naa.$green LOGGED_IN" ]

        # As a LUN, as a map, by the names that iSCSI has.
        run call Manager Lookup sss "$initiator" "" 0
        [ "$(jq -r '.data[1]' <<<"$output")" = "naa.$green" ]
        [ "$(jq '.data[2] | length' <<<"$output")" = 2 ]
        wait_for 30 green_has_a_map
        run call Usage Trace s "$iqn"
        [ "$(jq -r '"\(.data[0]) \(.data[1] | length)"' <<<"$output")" = "target 2" ]

        # A session that ends takes its path along.
        on a "iscsiadm -m node -p 127.0.0.2 --logout"
        wait_for 30 iscsi_paths 1
        told_since | grep -q "^path removed"
        [ "$(lookup 0 | jq '.data[2] | length')" = 2 ]
}

iscsi_paths() {
        [ "$(call Manager ListPaths 'a{sv}su' 1 Transport s iscsi "" 10 | jq '.data[0] | length')" = "$1" ]
}

green_has_a_map() {
        [ "$(call Maps GetMap s "naa.$green" | jq '.data[0][7] | length')" = 2 ]
}

@test "the subscriber has heard every path and map, also from the lunwatch that came after the kill" {
        # The resize and all that follows were told by the second one.
        [ "$(on a "grep '^{' /run/told" | jq -rs '[.[].sender] | unique | length')" = 2 ]
        told | grep -q "^path changed size"
        told | grep -q "^map added new mpath"
}
