#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Mirrors that are verified, from Prepare to Commit: both hosts are this one, their daemon is the same.

# Constants of mirror.bash and target.bash, without blanks: $NAME, $ROOT, $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC2046,SC1010,SC1111,SC2030,SC2031,SC2034,SC2153
bats_require_minimum_version 1.5.0
load lib
load mirror
load target

DROP_IN=/run/systemd/system/mirror-verify@.service.d

setup_file() {
        command -v qemu-storage-daemon >/dev/null || return 0
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_targets
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || targets_report >&2 || true
        in_box systemctl kill -s CONT 'mirror-relay@target*' 'mirror-verify@target*' 2>/dev/null || true
        in_box sh -c "rm -rf $DROP_IN; systemctl daemon-reload"
        targets_stop
}

# serve_target: its two disks, served; the source has data
serve_target() {
        local disk

        two_disks
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        for disk in vda vdb; do
                in_box sh -c "head -c $SIZE /dev/urandom >$DIR/$disk.source"
        done
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
}

no_server_is_left() {
        [ "$(qmp source '{"execute":"query-block-exports"}')" = "[]" ] &&
                ! qmp source '{"execute":"nbd-server-stop"}' 2>/dev/null &&
                [ -z "$(in_box find /run/npivot/mirror/qemu /run/npivot/mirror/verify -name '[0-9]*')" ]
}

finish() {
        tell Switch
        until_state 20 done
        tell_target Commit
        until_target 20 kept
        wait_for 10 no_part_is_left
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f raw -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

@test "a mirror is compared, every block, before it is ready; nothing of that is left" {
        serve_target
        start_verified 1 Verify s always
        until_state 30 ready
        [ "$(job Verification)" = same ]
        wait_for 10 no_server_is_left
        wait_for 10 is_clean_but_relays
        finish
}

is_clean_but_relays() {
        [ -z "$(in_box systemctl list-units --no-legend --plain 'mirror-verify@[0-9]*')" ]
}

@test "a byte that is another one in the target fails the mirror, with where to look" {
        serve_target
        start_verified
        until_state 60 ready
        [ "$(job Verification)" = never ]
        # Behind everybody's back.
        in_box sh -c "printf X | dd of=$PLACE/vda.raw bs=1 seek=$((SIZE - 7777215)) conv=notrunc status=none"
        tell Verify
        until_state 60 failed
        [[ $(job Message) = "vda: its target is another one, in 1 blocks: "*"journalctl -u mirror-verify@"* ]]
        in_box journalctl -b --no-pager -u 'mirror-verify@*' | grep -q "differs"
        wait_for 10 no_server_is_left
        wait_for 10 is_clean
        tell_target Abort
        until_target 20 removed
        wait_for 10 nothing_is_left
}

# settle_soon: within a second instead of ten
settle_soon() {
        in_box sh -c "mkdir -p $DROP_IN && cat >$DROP_IN/settle.conf && systemctl daemon-reload" <<'EOF'
[Service]
ExecStartPre=+sh -c 'echo Settle=1000 >>/run/npivot/mirror/verify/%i.conf'
EOF
}

mirrord_has_said() {
        in_box journalctl -b --no-pager -o cat --since "@$BEGUN" -u mirrord | grep -qF "$1"
}

exports_are() {
        qmp source '{"execute":"query-block-exports"}' | jq -e "length == $1"
}

@test "a mirror that is not up to date is not ready with a target that may be another one" {
        BEGUN=$(date +%s)
        settle_soon
        serve_target
        start_verified 2 StallMsec u 300000 Converge b false
        until_state 60 ready
        in_box sh -c "printf X | dd of=$PLACE/vda.raw bs=1 seek=$((SIZE - 7777215)) conv=notrunc status=none"
        # It waits for the target's before it begins, while a guest gets its way into mirrord's server: QEMU
        # does not let anybody in or out before the relay has taken what it holds.
        in_box systemctl kill -s STOP mirror-verify@target.web-vda
        tell Verify
        wait_for 10 exports_are 2
        qmp source '{"execute":"block-export-add","arguments":{"type":"nbd","id":"guest","node-name":"vda","name":"guest","writable":true}}'
        # What is written from now on does not arrive.
        in_box systemctl kill -s STOP mirror-relay@target.web-vda
        in_box qemu-io -f raw "nbd+unix:///guest?socket=/run/npivot/mirror/qemu/${JOB##*/}/nbd" -c "write -P 0x77 0 64k" >/dev/null
        in_box systemctl kill -s CONT mirror-verify@target.web-vda
        # The byte, and what does not arrive.
        wait_for 60 mirrord_has_said "vda: 2 blocks are different, and the mirror was not up to date often enough to know: compared again."
        state_is verifying
        verification_is pending || verification_is running
        [ "$(job Retried)" = 0 ]
        run ! tell Switch

        in_box systemctl kill -s CONT mirror-relay@target.web-vda
        until_state 60 failed
        [[ $(job Message) = "vda: its target is another one, in 1 blocks: "* ]]
        wait_for 10 is_clean
}

@test "a mirror under a writer is never called another one, and mirrord may be killed meanwhile" {
        local i
        serve_target
        serve_source
        # The writer has QEMU's one NBD server.
        start_verified 1 Verify s always
        wait_for 30 verification_is pending
        begin_writer
        until_state 20 verifying
        qmp source '{"execute":"query-block-exports"}' | jq -e 'length == 2'
        in_box systemctl stop qemu-writer
        qmp source '{"execute":"nbd-server-stop"}'
        for i in 1 2 3; do
                in_box systemctl kill -s KILL mirrord
                wait_for 10 job State
        done
        until_state 60 ready
        [ "$(job Verification)" = same ]
        finish
}

@test "verifying can be asked for again, and given up with the mirror" {
        serve_target
        start_verified 1 Verify s sample
        until_state 30 ready
        tell Verify
        wait_for 30 verification_is same
        until_state 20 ready
        tell Verify
        tell Abort
        until_state 20 cancelled
        wait_for 10 is_clean
        wait_for 10 no_server_is_left
}

@test "while a sample is compared, comparing every block was promised and not done" {
        serve_target
        start_verified 1 Verify s sample
        until_state 30 verifying
        run ! tell Verify
        [[ $output = *"is verifying: that can be done once it is ready and not paused"* ]]
        until_state 30 ready
        tell Verify
        until_state 30 ready
        finish
}

@test "a mirror without verifiers is not verified, and says why" {
        source_and_target
        JOB=$(begin)
        until_state 20 ready
        run ! tell Verify
        [[ $output = *"was begun without VerifyPorts"* ]]
        run ! bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 1 vdc vdc 512 49301 $KEY 127.0.0.1 1 Verify s always
        [[ $output = *"VerifyPorts must have its port"* ]]
}

# There and back: the bitmap of the way back begins when the target is whole.
@test "a disk that is mirrored back copies only what was written since" {
        serve_target
        qmp source '{"execute":"block-dirty-bitmap-add","arguments":{"node":"vda","name":"since"}}'
        qmp source '{"execute":"block-dirty-bitmap-add","arguments":{"node":"vdb","name":"since"}}'
        start_verified 1 Verify s always
        until_state 30 ready
        finish
        bus call $NAME "$JOB" $NAME.Job Forget
        # The same disks once more, as they were left, and 1 MiB of them is another one.
        write_to source vda 4M 1M 0x77
        prepare back 2 vda $SIZE $PLACE/vda.raw 1 Overwrite b true vdb $SIZE $PLACE/vdb.qcow2 2 Format s qcow2 Overwrite b true \
                127.0.0.1 1 Ports '(qq)' 49310 49330
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        qmp source '{"execute":"nbd-server-stop"}'
        start_verified 3 Sync s incremental Bitmap s since Verify s always
        until_state 40 ready
        [ "$(relay_bytes vda)" -ge 1048576 ] && [ "$(relay_bytes vda)" -lt 2097152 ]
        [ "$(relay_bytes vdb)" -lt 65536 ]
        finish
}

@test "a QEMU of another user exports for its verifier as well" {
        in_box chmod 777 $DIR
        two_disks
        until_target 20 prepared
        tell_target Serve
        until_target 20 listening
        for disk in vda vdb; do
                in_box sh -c "head -c $SIZE /dev/urandom >$DIR/$disk.source; chmod 666 $DIR/$disk.source"
        done
        QEMU_USER=nobody qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source" \
                --blockdev "driver=raw,node-name=vdb,file.driver=file,file.filename=$DIR/vdb.source"
        start_verified 1 Verify s always
        until_state 30 ready
        [ "$(job Verification)" = same ]
        finish
}

@test "verifiers know each other by certificates, too" {
        local relays verifiers

        make_pki
        TARGET_OPTIONS="2 Certificates s $DIR/pki PeerName s localhost" serve_target
        read -r -a relays < <(tell_target Connections | jq -r '[.data[0][] | select(.[3] == "") | .[1]] | join(" ")')
        read -r -a verifiers < <(tell_target Connections | jq -r '[.data[0][] | .[2]] | join(" ")')
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 \
                vda vda $SIZE "${relays[0]}" "" vdb vdb $SIZE "${relays[1]}" "" 127.0.0.1 4 Certificates s $DIR/pki PeerName s localhost \
                Verify s always VerifyPorts 'a{sq}' 2 vda "${verifiers[0]}" vdb "${verifiers[1]}" | jq -er '.data[0]')
        until_state 30 ready
        verification_is same
        in_box journalctl -b -u 'mirror-verify@*' -o cat | grep -q .
        in_box grep -qx Tls=x509 /run/npivot/mirror/verify/target.web-vda.conf
        finish
}
