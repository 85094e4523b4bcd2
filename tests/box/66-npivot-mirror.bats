#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot(1) with the real mirrord and real QEMU block layers: mirrors from start to commit, to each
# kind of target.

# Constants of mirror.bash and target.bash, without blanks: $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC1111,SC2153
bats_require_minimum_version 1.5.0
load lib
load mirror
load target
load npivot-mirror

# size_is_refused WORDS [OPTION]...: the size of vda cannot be had, and nothing was made
size_is_refused() {
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web \
                --disk "vda=vda:$PLACE/vda.raw" "${@:2}"
        [ "$status" = 1 ]
        [[ $stderr = *"$1"* ]]
        no_target_is_left
}

@test "a mirror from start to commit: made, watched, verified, switched, kept" {
        source_disks
        run --separate-stderr start --id web --verify always --stall 2min
        [ "$status" = 0 ]
        [ "$output" = "Mirror web has begun; it fills target web." ]
        wait_for 10 in_box grep -qx Stall=120000 /run/npivot/mirror/relay/web-vda.conf
        [[ $stderr = *"npivot mirror watch web --ready"* ]]

        run --separate-stderr npivot mirror watch web --ready
        [ "$status" = 0 ]
        [[ ${lines[0]} = "web: "* ]]
        [ "${lines[-1]}" = "Mirror web is ready." ]
        [ "$(npivot mirror show web --json | jq -r .verification)" = same ]
        npivot mirror list --json | jq -e '.mirrors | length == 1 and .[0].id == "web"'
        npivot target list --json | jq -e '.targets | length == 1 and .[0].state == "listening"'
        [[ $(npivot target) = *"web"*"listening"* ]]
        npivot target show web --json | jq -e '[.disks[] | [.name, .format, .size_bytes, .created]] == [["vda","raw",16777216,true],["vdb","qcow2",16777216,true]]'
        # No key is printed, whoever asks.
        [ "$(npivot target show web --json | grep -cE '[0-9a-f]{32}')" = 0 ]

        run npivot mirror verify web --wait
        [ "$status" = 0 ]
        [[ $output = *"source and targets are the same."* ]]

        run npivot mirror switch web --wait
        [ "$status" = 0 ]
        [ "${lines[-1]}" = "Mirror web is done." ]
        run npivot target commit web --wait
        [ "$status" = 0 ]
        [ "${lines[-1]}" = "Target web is kept." ]
        wait_for 10 no_part_is_left
        copies_are_same
        npivot mirror forget web
        npivot target forget web
        wait_for 5 no_target_is_left
        [ "$(npivot mirror gc --json | jq -c .leftovers)" = "[]" ]
}

@test "with --wait a mirror is ready when start returns; without --id it has a name of its own" {
        local id

        source_disks
        run --separate-stderr start --wait --tls no
        [ "$status" = 0 ]
        [[ ${lines[0]} =~ ^Mirror\ (m[0-9a-f]{8})\ has\ begun ]]
        id=${BASH_REMATCH[1]}
        [ "${lines[-1]}" = "Mirror $id is ready." ]
        [[ $stderr = *"npivot mirror switch $id --wait, then npivot target commit $id"* ]]
        npivot mirror abort $id --wait
        npivot target abort $id --wait
        wait_for 10 nothing_is_left
}

@test "a start that fails takes back what it made, and the same name can be used again" {
        source_disks
        start --id web --wait
        run --separate-stderr start --id web
        [ "$status" = 1 ]
        [[ $stderr = *"There is a mirror web already; it is ready."* ]]
        npivot mirror abort web --wait
        npivot mirror forget web
        run --separate-stderr start --id web
        [ "$status" = 1 ]
        [[ $stderr = *"There is a target web already."* ]]
        npivot target show web --json | jq -e '.state == "listening"'
        npivot target abort web --wait
        npivot target forget web

        # The second disk has no place.
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web \
                --disk "vda=vda:$PLACE/vda.raw,size=16M" --disk "vdb=vdb:/nowhere/vdb.raw,size=16M"
        [ "$status" = 1 ]
        [[ $stderr = *"Target web cannot be filled, it is failed: vdb: There is no directory for /nowhere/vdb.raw"*"Target web"* ]]
        no_target_is_left
        wait_for 10 nothing_is_left

        # Start itself refuses, after the disks were made: another mirror has the node.
        start --id web --wait
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id other \
                --disk "vda=vda:$PLACE/other.raw,size=16M"
        [ "$status" = 1 ]
        [[ $stderr = *"Cannot start mirror other: "*"Target other was removed again."* ]]
        run ! in_box test -e $PLACE/other.raw
}

@test "a target that is listening already is filled, and is nobody's to remove" {
        source_disks
        run npivot target prepare web --address 127.0.0.1 --disk "vda:$PLACE/vda.raw,size=16M" --wait
        [ "$status" = 0 ]
        [ "${lines[-1]}" = "Target web is prepared." ]
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda
        [ "$status" = 1 ]
        [[ $stderr = *"Target web is prepared, not listening."*"npivot target serve web"* ]]
        run npivot target serve web --wait
        [ "$output" = "Target web is listening." ]

        # What fails leaves it alone.
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --target web --disk vdb=vdb
        [ "$status" = 1 ]
        [[ $stderr = *"Target web has no disk vdb."* ]]
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda --tls=no
        [ "$status" = 1 ]
        [[ $stderr = *"Target web has a key for disk vda"* ]]
        run --separate-stderr npivot mirror start --monitor "$DIR/a monitor" --target web --disk vda=vda
        [ "$status" = 2 ]
        [[ $stderr != *"removed"* ]]
        npivot target show web --json | jq -e '.state == "listening"'

        run npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda --json
        [ "$status" = 0 ]
        jq -e '.mirror == "web" and .target == "web" and .target_host == null' <<<"$output"
        npivot mirror wait web
        npivot mirror switch web --wait
        npivot target commit web --wait
        in_box cmp $DIR/vda.source $PLACE/vda.raw
}

@test "the ports on the other host are those that were named" {
        source_disks
        start --id web --ports 49340-49343 --wait
        bus call $NAME $ROOT/target/web $NAME.Target Connections |
                jq -e '[.data[0][] | .[1], .[2]] | length == 4 and all(. >= 49340 and . <= 49343)'
        npivot mirror abort web --wait
        npivot target abort web --wait
        run npivot target prepare few --address 127.0.0.1 --disk "vda:$PLACE/vda.raw,size=16M" --ports 49340-49340
        [ "$status" = 2 ]
        [[ $output = *"too few, for 1 disks it takes 2"* ]]
}

@test "only what a bitmap says is copied, to a disk that has the rest" {
        source_disks
        in_box cp $DIR/vda.source $PLACE/vda.raw
        qmp source '{"execute":"block-dirty-bitmap-add","arguments":{"node":"vda","name":"since"}}'
        write_to source vda 4M 1M 0x77
        run --separate-stderr start_part --sync incremental --bitmap since
        [ "$status" = 0 ]
        npivot mirror show web --json | jq -e '.total_bytes < 4000000'
        switch_and_compare

        # Without the rest it would be half a disk.
        in_box rm $PLACE/vda.raw
        run --separate-stderr start_part --bitmap since
        [ "$status" = 1 ]
        [[ $stderr = *"Disk vda: there was nothing at $PLACE/vda.raw, and --sync=incremental copies a part only."*"Target web was removed again."* ]]
        wait_for 10 nothing_is_left
}

@test "only what is above the backing file is copied, to a disk that has the rest" {
        in_box sh -c "head -c $SIZE /dev/urandom >$DIR/base; cp $DIR/base $PLACE/vda.raw; qemu-img create -q -f qcow2 -F raw -b $DIR/base $DIR/vda.source"
        qemu source --blockdev "driver=qcow2,node-name=vda,file.driver=file,file.filename=$DIR/vda.source,backing.driver=raw,backing.file.driver=file,backing.file.filename=$DIR/base"
        qmp source "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$DIR/source.nbd\"}}}}"
        qmp source '{"execute":"block-export-add","arguments":{"type":"nbd","id":"w","node-name":"vda","name":"vda","writable":true}}'
        write_to source vda 4M 1M 0x77
        start_part --sync top
        npivot mirror show web --json | jq -e '.total_bytes < 4000000'
        switch_and_compare qcow2
}

# start_part OPTION...: a mirror of vda alone, to a disk that is there; ready
start_part() {
        npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web --wait \
                --disk "vda=vda:$PLACE/vda.raw,size=16M,overwrite=yes" "$@"
}

# switch_and_compare [FORMAT]: of the source
switch_and_compare() {
        npivot mirror switch web --wait
        npivot target commit web --wait
        npivot mirror forget web
        npivot target forget web
        in_box qemu-img compare -U -f "${1:-raw}" -F raw $DIR/vda.source $PLACE/vda.raw
}

@test "QEMU is asked how large its disks are, when nobody says it" {
        source_disks
        in_box truncate -s $((SIZE + 512)) $DIR/vdb.source
        in_box systemctl stop qemu-source
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
        [ "$(bus call $NAME $ROOT $NAME.Manager QueryNodes s $DIR/source.qmp | jq -c '.data[0] | map(select(.[2] == "raw"))')" \
                = '[["vdb",'$((SIZE + 512))',"raw"],["vda",'$SIZE',"raw"]]' ]
        npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web --wait \
                --disk "vda=vda:$PLACE/vda.raw" --disk "vdb=vdb:$PLACE/vdb.raw"
        npivot mirror switch web --wait
        npivot target commit web --wait
        in_box cmp $DIR/vda.source $PLACE/vda.raw
        in_box cmp $DIR/vdb.source $PLACE/vdb.raw
}

@test "a size that QEMU does not tell: the cause is said, and nothing was made" {
        local monitor

        source_disks
        size_is_refused "Disk vdc: QEMU tells no size of a node “other”." --disk "vdc=other:$PLACE/vdc.raw"
        [[ $stderr = *"it has vdb, vda."* ]]
        # Who may not mirror may not ask either, not even whether somebody listens.
        for monitor in $DIR/source.qmp /nowhere; do
                run --separate-stderr in_box_as nobody npivot mirror start --monitor $monitor --address 127.0.0.1 --id web \
                        --disk "vda=vda:$PLACE/vda.raw"
                [ "$status" = 1 ]
                [[ $stderr = *"Cannot ask QEMU how large its disks are"*"polkit allow you org.npivot.mirror1.manage"* ]]
                [[ $stderr != *"listens"* ]]
        done

        # Somebody else has the monitor.
        in_box systemd-run --quiet --unit qemu-client socat -u UNIX-CONNECT:$DIR/source.qmp STDOUT
        wait_for 10 client_is_greeted
        size_is_refused "$DIR/source.qmp does not begin to talk: another client has it, or QEMU hangs."
        in_box systemctl stop qemu-client

        # QEMU hangs, and mirrord does not.
        in_box systemctl kill -s STOP qemu-source
        in_box systemd-run --quiet --unit qemu-asker busctl call $NAME $ROOT $NAME.Manager QueryNodes s $DIR/source.qmp
        in_box timeout 2 npivot mirror list
        in_box systemctl is-active qemu-asker
        size_is_refused "does not begin to talk: another client has it, or QEMU hangs."
        in_box systemctl kill -s CONT qemu-source
        in_box systemctl stop qemu-source
        size_is_refused "Nobody listens at $DIR/source.qmp"
        wait_for 10 nothing_is_left
}

client_is_greeted() {
        in_box journalctl -b -o cat -u qemu-client | grep -q '"QMP"'
}

@test "a target without keys is no secret: it must be said" {
        source_disks
        npivot target prepare web --address 127.0.0.1 --disk "vda:$PLACE/vda.raw,size=16M" --tls no --wait
        npivot target serve web --wait
        run --separate-stderr npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda
        [ "$status" = 1 ]
        [[ $stderr = *"Target web has no key for disk vda"*"--tls=no"* ]]
        npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda --tls=no --wait
        npivot mirror abort web --wait
}

@test "disks of a QEMU that waits are exported, filled and committed" {
        source_disks
        npivot target prepare web --address 127.0.0.1 --disk "vda:$PLACE/vda.raw,size=16M" --wait
        qemu waiting --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$PLACE/vda.raw"
        run npivot target export web --monitor $DIR/waiting.qmp --disk vda=nothing --wait
        [ "$status" = 1 ]
        [[ $output = *"Target web is prepared: vda: QEMU has no node “nothing”"* ]]
        run npivot target export web --monitor $DIR/waiting.qmp --disk vda=disk --wait
        [ "$output" = "Target web is listening." ]
        [[ $(npivot target show web) = *"disk"* ]]
        npivot mirror start --monitor $DIR/source.qmp --target web --disk vda=vda --wait
        npivot mirror switch web --wait
        npivot target commit web --wait
        in_box systemctl stop qemu-waiting
        in_box cmp $DIR/vda.source $PLACE/vda.raw
}
