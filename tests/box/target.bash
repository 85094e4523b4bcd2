# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Constants without blanks, some of mirror.bash: $NAME, $ROOT, $PLACE, $LEDGER, $SIZE.
# shellcheck disable=SC2046,SC2086,SC2153
#
# What tests of targets in a box have in common, on top of mirror.bash: targets of this host, made in
# /srv/t. Needs in_box and wait_for of lib.bash.

LEDGER=/var/lib/npivot/mirror/targets
PLACE=/srv/t
# Of each disk. DISK_BYTES=4294967296 has the tests at the size of a real one.
SIZE=${DISK_BYTES:-16777216}

begin_targets() {
        in_box sh -c "systemctl stop mirrord 'mirror-target@*' 2>/dev/null; rm -rf $LEDGER $PLACE; mkdir -p $PLACE; systemctl start mirror-storage.socket"
        begin_afresh
}

bus() {
        in_box busctl --json=short "$@"
}

# prepare ID ARGUMENT...: of Prepare, behind the id; sets TARGET
prepare() {
        TARGET=$(bus call $NAME $ROOT $NAME.Manager Prepare 'sa(stsa{sv})sa{sv}' "$@" | jq -r '.data[0]')
        [ -n "$TARGET" ]
}

# two_disks: the usual ones, raw and qcow2
two_disks() {
        # shellcheck disable=SC2086  # several words
        prepare "${1:-web}" 2 vda $SIZE $PLACE/vda.raw 0 vdb $SIZE $PLACE/vdb.qcow2 1 Format s qcow2 127.0.0.1 \
                ${TARGET_OPTIONS:-1 Ports (qq) 49310 49330}
}

target() {
        box_get $NAME "$TARGET" $NAME.Target "$1"
}

target_is() {
        [ "$(target State)" = "$1" ]
}

# until_target SEC STATE...
until_target() {
        box_get $NAME "$TARGET" $NAME.Target State "$@" >/dev/null
}

tell_target() {
        bus call $NAME "$TARGET" $NAME.Target "$@"
}

# What makes up the arguments of Manager.Start behind the monitor: disks of Connections, by name and node.
connections() {
        local rows name port key

        rows=$(tell_target Connections | jq -r '.data[0][] | "\(.[0]) \(.[1]) \(.[3])"')
        echo "$rows" | wc -l
        while read -r name port key; do
                echo "$name $name ${SIZE_BYTES:-$SIZE} $port $key"
        done <<<"$rows"
}

# collect REMOVE: what is left, a line each
collect() {
        bus call $NAME $ROOT $NAME.Manager CollectGarbage b "$1" | jq -r '.data[0][] | join(" ")'
}

# Nothing is left of any target: no file, no unit, no socket.
nothing_is_left() {
        [ -z "$(in_box find $PLACE -mindepth 1)" ] && no_part_is_left
}

no_part_is_left() {
        [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-relay@target*' 'mirror-verify@target*' 'mirror-target@*')" ] &&
                [ -z "$(in_box find /run/npivot/mirror -path '*/target*' -mindepth 2)" ]
}

# waiting NAME [START]: what stands for a QEMU that waits with the disks of two_disks
waiting() {
        "${2:-qemu}" "$1" --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw" \
                --blockdev "driver=qcow2,node-name=vdb,file.driver=file,file.filename=$PLACE/vdb.qcow2"
}

source_disks() {
        local disk

        for disk in vda vdb; do
                in_box sh -c "head -c $SIZE /dev/urandom >$DIR/$disk.source"
        done
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
}

# fill: a mirror of the source's disks to the target, from Start to done
fill() {
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 0 | jq -r '.data[0]')
        until_state 30 ready
        bus call $NAME "$JOB" $NAME.Job Switch
        until_state 20 "done"
}

targets_are_same() {
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f raw -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

exports_of() {
        qmp "$1" '{"execute":"query-block-exports"}'
}

# says WORDS: the target does, and is done with what it was at
says() {
        [[ $(target Message) = *"$1"* ]] && ! target_is exporting
}

targets_stop() {
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'mirror-verify@*' 'mirror-target@*' 'qemu-*'; umount $PLACE; systemctl reset-failed" 2>/dev/null || true
}

targets_report() {
        in_box journalctl -b --no-pager -n 60 -u mirrord -u 'mirror-*'
}

# ---- mirrors that are verified

verify_ports() {
        tell_target Connections | jq -r '.data[0] | "\(length) " + (map("\(.[0]) \(.[2])") | join(" "))'
}

# start_verified [OPTION-COUNT OPTION...]: besides VerifyPorts
start_verified() {
        local count=${1:-0}

        [ $# -eq 0 ] || shift
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 \
                $((count + 1)) VerifyPorts 'a{sq}' $(verify_ports) "$@" | jq -er '.data[0]')
}

verification_is() {
        [ "$(job Verification)" = "$1" ]
}
