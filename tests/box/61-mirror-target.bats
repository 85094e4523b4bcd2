#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The disks that mirrors fill, on a real systemd and bus: exported by real QEMU block layers, filled by a
# mirror of this host, kept or removed. The link 64-mirror-target-10.bats is the same on QEMU 10.

# Constants of mirror.bash and target.bash, without blanks: $NAME, $ROOT, $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC2046,SC1010,SC1111
bats_require_minimum_version 1.5.0
load lib
load mirror
load target

setup_file() {
        local binds=()

        command -v qemu-storage-daemon >/dev/null || return 0
        if is_for_10; then
                QEMU_PATH=$("$BATS_TEST_DIRNAME/../guest/qemu10")
                export QEMU_PATH
                binds=(--bind "${QEMU_PATH%/bin}")
        fi
        box_start --destdir "$(npivot_destdir)" "${binds[@]}"
}

is_for_10() {
        [[ $BATS_TEST_FILENAME = *-10.bats ]]
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_targets
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || targets_report >&2 || true
        targets_stop
}

@test "disks are made, exported, filled by a mirror, and kept whole; nothing else is left" {
        two_disks
        until_target 20 prepared
        [ "$(bus get-property $NAME $TARGET $NAME.Target Disks | jq -c .data)" = \
                "[[\"vda\",\"$PLACE/vda.raw\",\"raw\",$SIZE,true,\"\"],[\"vdb\",\"$PLACE/vdb.qcow2\",\"qcow2\",$SIZE,true,\"\"]]" ]
        [ "$(in_box stat -c '%a %U %s' $PLACE/vda.raw)" = "600 root $SIZE" ]
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        source_disks
        fill
        tell_target Commit
        until_target 20 kept
        [ "$(exports_of web)" = "[]" ]
        run ! qmp web '{"execute":"nbd-server-stop"}'
        wait_for 10 no_part_is_left
        in_box systemctl stop qemu-web
        targets_are_same
        [ -z "$(collect false)" ]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
}

@test "a whole QEMU that waits for a migration is exported from as well, and the same call twice is one" {
        local twice

        two_disks
        twice=$TARGET
        two_disks
        [ "$TARGET" = "$twice" ]
        until_target 20 prepared
        waiting web waiting_qemu
        ! is_for_10 || [ "$(qmp web '{"execute":"query-version"}' | jq .qemu.major)" = 10 ]
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        source_disks
        fill
        tell_target Commit
        tell_target Commit
        until_target 20 kept
        # It still waits, and nothing keeps it from taking its disks.
        [ "$(qmp web '{"execute":"query-status"}' | jq -r .status)" = inmigrate ]
        qmp web '{"execute":"migrate-incoming","arguments":{"uri":"tcp:127.0.0.1:0"}}'
        in_box systemctl stop qemu-web
        targets_are_same
        run ! tell_target Abort
        [[ $output = *"Target web is kept: its disks are kept since Commit."* ]]
        run ! prepare web 1 vda 512 $PLACE/other 0 127.0.0.1 0
        [[ $output = *"was made for something else"* ]]
}

# With a machine that has them as its disks.
waiting_qemu() {
        system_qemu "$@" -incoming defer -machine pc,accel=tcg -m 32 \
                -device virtio-blk-pci,drive=vda -device virtio-blk-pci,drive=vdb
}

# What was there must go: QEMU makes a target all zeroes first, unless mirrord knows that all of it is
# written anyway (engine_is_raw()).
@test "of what was on a target before nothing is left where the source has holes, raw or qcow2" {
        two_disks
        until_target 20 prepared
        in_box qemu-io -f raw $PLACE/vda.raw -c "write -P 0x55 0 $SIZE" >/dev/null
        in_box qemu-io -f qcow2 $PLACE/vdb.qcow2 -c "write -P 0x55 0 $SIZE" >/dev/null
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        in_box truncate -s $SIZE $DIR/vda.source
        in_box qemu-img create -q -f qcow2 $DIR/vdb.source $SIZE
        in_box qemu-io -f raw $DIR/vda.source -c "write -P 0x11 1M 1M" >/dev/null
        in_box qemu-io -f qcow2 $DIR/vdb.source -c "write -P 0x22 3M 1M" >/dev/null
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=qcow2,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
        fill
        tell_target Commit
        until_target 20 kept
        in_box systemctl stop qemu-web qemu-source
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f qcow2 -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

@test "without a QEMU a storage daemon serves the disks" {
        two_disks
        until_target 20 prepared
        tell_target Serve
        tell_target Serve
        until_target 20 listening
        [ "$(target Monitor)" = "" ]
        source_disks
        fill
        tell_target Commit
        until_target 20 kept
        wait_for 10 no_part_is_left
        targets_are_same
}

@test "certificates, or no TLS at all, on both ends" {
        in_box sh -c "mkdir $DIR/pki && cd $DIR/pki &&
                printf 'cn = lab\nca\ncert_signing_key\n' >ca.cfg &&
                printf 'cn = host.example\ndns_name = host.example\ntls_www_server\ntls_www_client\nsigning_key\n' >cert.cfg &&
                for i in ca key; do certtool --generate-privkey --ecc --outfile \$i.pem; done &&
                certtool --generate-self-signed --load-privkey ca.pem --template ca.cfg --outfile ca-cert.pem &&
                certtool --generate-certificate --load-privkey key.pem --load-ca-certificate ca-cert.pem \
                        --load-ca-privkey ca.pem --template cert.cfg --outfile cert.pem" 2>/dev/null
        source_disks
        prepare web 2 vda $SIZE $PLACE/vda.raw 0 vdb $SIZE $PLACE/vdb.qcow2 1 Format s qcow2 127.0.0.1 2 \
                Certificates s $DIR/pki PeerName s host.example
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        fill_without_keys 2 Certificates s $DIR/pki PeerName s host.example
        tell_target Commit
        until_target 20 kept
        targets_are_same
        in_box rm $PLACE/vda.raw $PLACE/vdb.qcow2

        prepare plain 2 vda $SIZE $PLACE/vda.raw 0 vdb $SIZE $PLACE/vdb.qcow2 1 Format s qcow2 127.0.0.1 1 Tls b false
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        fill_without_keys 1 Tls b false
        tell_target Commit
        until_target 20 kept
        targets_are_same
}

# fill_without_keys OPTION-COUNT OPTION...: as fill, with keys that are empty
fill_without_keys() {
        local ports

        read -r -a ports < <(tell_target Connections | jq -r '[.data[0][] | select(.[3] == "") | .[1]] | join(" ")')
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 \
                vda vda $SIZE "${ports[0]}" "" vdb vdb $SIZE "${ports[1]}" "" 127.0.0.1 "$@" | jq -r '.data[0]')
        until_state 30 ready
        bus call $NAME "$JOB" $NAME.Job Switch
        until_state 20 "done"
}

@test "a QEMU of another user exports files of that user" {
        in_box chmod 777 $DIR
        in_box chmod 755 $PLACE
        prepare web 1 vda $SIZE $PLACE/vda.raw 1 Owner s nobody 127.0.0.1 1 Ports '(qq)' 49310 49330
        until_target 20 prepared
        [ "$(in_box stat -c '%a %U' $PLACE/vda.raw)" = "600 nobody" ]
        QEMU_USER=nobody qemu web --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw"
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        until_target 20 listening
        [ "$(in_box stat -c '%a %U' /run/npivot/mirror/target/web)" = "700 nobody" ]
        # What that user puts in the place of its socket is not connected to.
        in_box systemd-run --quiet --unit qemu-other socat UNIX-LISTEN:$DIR/root.sock,fork,mode=777 OPEN:$DIR/reached,creat,append
        wait_for 10 in_box test -S $DIR/root.sock
        in_box sh -c "ln -sf $DIR/root.sock /run/npivot/mirror/target/web/nbd"
        in_box sh -c "head -c $SIZE /dev/urandom >$DIR/vda.source"
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source"
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 0 | jq -r '.data[0]')
        until_state 60 failed
        in_box journalctl -b -u mirror-relay@target.web-vda | grep -q "QEMU's export at /run/npivot/mirror/target/web/nbd: Operation not permitted"
        run ! in_box test -s $DIR/reached
        tell_target Abort
        until_target 20 removed
        wait_for 10 nothing_is_left
}

@test "an abort leaves nothing: no file, no export, no server, no relay, no ledger" {
        two_disks
        until_target 20 prepared
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        source_disks
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 1 Speed t 1000000 | jq -r '.data[0]')
        until_state 20 copying
        tell_target Abort
        until_target 20 removed
        wait_for 10 nothing_is_left
        [ "$(exports_of web)" = "[]" ]
        run ! qmp web '{"execute":"nbd-server-stop"}'
        until_state 60 failed
        run ! tell_target Commit
        [[ $output = *"Target web is removed"* ]]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
        run ! bus get-property $NAME $TARGET $NAME.Target State
}

@test "no free port: said with the range, and everything is withdrawn" {
        in_box systemd-run --quiet --unit qemu-port-1 socat TCP-LISTEN:49340,bind=127.0.0.1,fork -
        in_box systemd-run --quiet --unit qemu-port-2 socat TCP-LISTEN:49341,bind=127.0.0.1,fork -
        prepare web 1 vda $SIZE $PLACE/vda.raw 0 127.0.0.1 1 Ports '(qq)' 49340 49341
        until_target 20 prepared
        qemu web --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw"
        wait_for 10 in_box sh -c "ss -ltn | grep -q 127.0.0.1:49340 && ss -ltn | grep -q 127.0.0.1:49341"
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        wait_for 20 says " cannot listen on 127.0.0.1, ports 49340 to 49341: they may all be taken."
        until_target 20 prepared
        [ "$(exports_of web)" = "[]" ]
        wait_for 10 no_part_is_left
        in_box systemctl stop qemu-port-1 qemu-port-2
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        until_target 20 listening
}

@test "nodes that are wrong and a foreign NBD server are refused with the reason" {
        two_disks
        until_target 20 prepared
        waiting web
        run ! tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        [[ $output = *"vdb: it needs a node."* ]]
        run ! tell_target Connections
        [[ $output = *"Target web is prepared"* ]]
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda nobody vdb vdb
        wait_for 20 says "vda: QEMU has no node “nobody”."
        in_box truncate -s 512 $DIR/small
        qmp web "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"raw\",\"node-name\":\"small\",\"file\":{\"driver\":\"file\",\"filename\":\"$DIR/small\"}}}"
        until_target 20 prepared
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb small
        wait_for 20 says "vdb: its node “small” has 512 bytes and the disk has $SIZE."
        until_target 20 prepared
        qmp web "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$DIR/mine\"}}}}"
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 says "QEMU has an NBD server already that was not started for this target"
        until_target 20 prepared
        # It is still theirs.
        qmp web '{"execute":"nbd-server-stop"}'
        tell_target Abort
        until_target 20 removed
        nothing_is_left
}

@test "a QEMU that is killed while it listens: prepared again and said so; a new one is exported from" {
        two_disks
        until_target 20 prepared
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        in_box systemctl kill -s KILL qemu-web
        wait_for 20 says "QEMU has ended: nobody listens at its monitor, $DIR/web.qmp."
        until_target 20 prepared
        wait_for 10 no_part_is_left
        in_box systemctl reset-failed
        in_box rm -f $DIR/web.qmp $DIR/web.test
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        until_target 20 listening
        [ "$(target Message)" = "" ]
        in_box systemctl kill -s KILL qemu-web
        tell_target Abort
        until_target 20 removed
        nothing_is_left
}

@test "a relay that has ended listens again on the same port" {
        local before

        two_disks
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        before=$(connections)
        in_box systemctl kill -s KILL mirror-relay@target.web-vda
        wait_for 10 in_box systemctl is-active mirror-relay@target.web-vda
        [ "$(connections)" = "$before" ]
        source_disks
        fill
        # Its end was the end of the connection.
        wait_for 10 in_box systemctl is-active mirror-relay@target.web-vdb
        fill
        tell_target Commit
        until_target 20 kept
        targets_are_same
}
