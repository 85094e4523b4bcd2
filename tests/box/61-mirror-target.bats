#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The disks that mirrors fill, on a real systemd and bus: made, exported by real QEMU block layers,
# filled by a mirror of this host, kept or removed; and what is left when something goes wrong. The link
# 64-mirror-target-10.bats has QEMU 10 for what QEMU has a part in.

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
        ! is_for_10 || [[ $BATS_TEST_DESCRIPTION =~ QEMU|^disks|^an\ abort|^nodes|^a\ relay ]] || skip "QEMU has no part in it"
        begin_targets
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 60 -u mirrord -u 'mirror-*' >&2 || true
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*' 'mirror-verify@*' 'mirror-target@*' 'qemu-*'; umount $PLACE; systemctl reset-failed" 2>/dev/null || true
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

job_is() {
        [ "$(bus get-property $NAME "$JOB" $NAME.Job State | jq -r .data)" = "$1" ]
}

# fill: a mirror of the source's disks to the target, from Start to done
fill() {
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 0 | jq -r '.data[0]')
        wait_for 30 job_is ready
        bus call $NAME "$JOB" $NAME.Job Switch
        wait_for 20 job_is "done"
}

targets_are_same() {
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f raw -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

exports_of() {
        qmp "$1" '{"execute":"query-block-exports"}'
}

@test "disks are made, exported, filled by a mirror, and kept whole; nothing else is left" {
        two_disks
        wait_for 20 target_is prepared
        [ "$(bus get-property $NAME $TARGET $NAME.Target Disks | jq -c .data)" = \
                "[[\"vda\",\"$PLACE/vda.raw\",\"raw\",$SIZE,true,\"\"],[\"vdb\",\"$PLACE/vdb.qcow2\",\"qcow2\",$SIZE,true,\"\"]]" ]
        [ "$(in_box stat -c '%a %U %s' $PLACE/vda.raw)" = "600 root $SIZE" ]
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        source_disks
        fill
        tell_target Commit
        wait_for 20 target_is kept
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
        wait_for 20 target_is prepared
        waiting web waiting_qemu
        ! is_for_10 || [ "$(qmp web '{"execute":"query-version"}' | jq .qemu.major)" = 10 ]
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        source_disks
        fill
        tell_target Commit
        tell_target Commit
        wait_for 20 target_is kept
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

@test "without a QEMU a storage daemon serves the disks" {
        two_disks
        wait_for 20 target_is prepared
        tell_target Serve
        tell_target Serve
        wait_for 20 target_is listening
        [ "$(target Monitor)" = "" ]
        source_disks
        fill
        tell_target Commit
        wait_for 20 target_is kept
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
        wait_for 20 target_is prepared
        tell_target Serve
        wait_for 20 target_is listening
        fill_without_keys 2 Certificates s $DIR/pki PeerName s host.example
        tell_target Commit
        wait_for 20 target_is kept
        targets_are_same
        in_box rm $PLACE/vda.raw $PLACE/vdb.qcow2

        prepare plain 2 vda $SIZE $PLACE/vda.raw 0 vdb $SIZE $PLACE/vdb.qcow2 1 Format s qcow2 127.0.0.1 1 Tls b false
        wait_for 20 target_is prepared
        tell_target Serve
        wait_for 20 target_is listening
        fill_without_keys 1 Tls b false
        tell_target Commit
        wait_for 20 target_is kept
        targets_are_same
}

# fill_without_keys OPTION-COUNT OPTION...: as fill, with keys that are empty
fill_without_keys() {
        local ports

        read -r -a ports < <(tell_target Connections | jq -r '[.data[0][] | select(.[3] == "") | .[1]] | join(" ")')
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp 2 \
                vda vda $SIZE "${ports[0]}" "" vdb vdb $SIZE "${ports[1]}" "" 127.0.0.1 "$@" | jq -r '.data[0]')
        wait_for 30 job_is ready
        bus call $NAME "$JOB" $NAME.Job Switch
        wait_for 20 job_is "done"
}

@test "a QEMU of another user exports files of that user" {
        in_box chmod 777 $DIR
        in_box chmod 755 $PLACE
        prepare web 1 vda $SIZE $PLACE/vda.raw 1 Owner s nobody 127.0.0.1 1 Ports '(qq)' 49310 49330
        wait_for 20 target_is prepared
        [ "$(in_box stat -c '%a %U' $PLACE/vda.raw)" = "600 nobody" ]
        QEMU_USER=nobody qemu web --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw"
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        wait_for 20 target_is listening
        [ "$(in_box stat -c '%a %U' /run/npivot/mirror/target/web)" = "700 nobody" ]
        # What that user puts in the place of its socket is not connected to.
        in_box systemd-run --quiet --unit qemu-other socat UNIX-LISTEN:$DIR/root.sock,fork,mode=777 OPEN:$DIR/reached,creat,append
        wait_for 10 in_box test -S $DIR/root.sock
        in_box sh -c "ln -sf $DIR/root.sock /run/npivot/mirror/target/web/nbd"
        in_box sh -c "head -c $SIZE /dev/urandom >$DIR/vda.source"
        qemu source --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$DIR/vda.source"
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 0 | jq -r '.data[0]')
        wait_for 60 job_is failed
        in_box journalctl -b -u mirror-relay@target.web-vda | grep -q "QEMU's export at /run/npivot/mirror/target/web/nbd: Operation not permitted"
        run ! in_box test -s $DIR/reached
        tell_target Abort
        wait_for 20 target_is removed
        wait_for 10 nothing_is_left
}

@test "an abort leaves nothing: no file, no export, no server, no relay, no ledger" {
        two_disks
        wait_for 20 target_is prepared
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        source_disks
        JOB=$(bus call $NAME $ROOT $NAME.Manager Start 'sa(sstqs)sa{sv}' $DIR/source.qmp $(connections) 127.0.0.1 1 Speed t 1000000 | jq -r '.data[0]')
        wait_for 20 job_is copying
        tell_target Abort
        wait_for 20 target_is removed
        wait_for 10 nothing_is_left
        [ "$(exports_of web)" = "[]" ]
        run ! qmp web '{"execute":"nbd-server-stop"}'
        wait_for 60 job_is failed
        run ! tell_target Commit
        [[ $output = *"Target web is removed"* ]]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
        run ! bus get-property $NAME $TARGET $NAME.Target State
}

@test "what is preallocated has its space, and what is not has none" {
        prepare web 3 a $SIZE $PLACE/a 1 Preallocation s falloc b $SIZE $PLACE/b 1 Preallocation s full \
                c $SIZE $PLACE/c 2 Format s qcow2 Preallocation s full 127.0.0.1 0
        wait_for 30 target_is prepared
        [ "$(in_box stat -c %b $PLACE/a)" -ge $((SIZE / 512)) ]
        [ "$(in_box stat -c %b $PLACE/b)" -ge $((SIZE / 512)) ]
        [ "$(in_box stat -c %b $PLACE/c)" -ge $((SIZE / 512)) ]
        [ "$(in_box qemu-img info --output=json -f qcow2 $PLACE/c | jq '."virtual-size"')" = $SIZE ]
        tell_target Abort
        wait_for 20 target_is removed
        nothing_is_left
}

@test "too little space is said before anything is made; two disks do not share what is there once" {
        in_box mount -t tmpfs -o size=24M t $PLACE
        prepare web 2 vda $SIZE $PLACE/vda 0 vdb $SIZE $PLACE/vdb 0 127.0.0.1 0
        wait_for 20 target_is failed
        [[ $(target Message) = "vdb: there is not enough space for $PLACE/vdb: it takes $SIZE bytes and "*"Free some, take another place, or say Overcommit." ]]
        nothing_is_left
        [ -z "$(collect false)" ]
}

# The second file's space goes while the first one is made, as far as the ledger is concerned: the check
# has seen what is there, and Overcommit has it go on all the same.
@test "a file system that gets full in the middle: everything is removed, and it is said" {
        in_box mount -t tmpfs -o size=24M t $PLACE
        prepare web 2 vda $SIZE $PLACE/vda 1 Preallocation s full vdb $((SIZE / 2)) $PLACE/vdb 2 Format s qcow2 Preallocation s full 127.0.0.1 0
        wait_for 20 target_is failed
        [[ $(target Message) = "vdb: There is not enough space for $PLACE/vdb, which takes $((SIZE / 2)) bytes: free some, or take another place." ]]
        wait_for 10 nothing_is_left
        [ -z "$(collect true)" ]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
}

@test "what is there already is refused; with Overwrite it is used, and an abort keeps it" {
        in_box sh -c "head -c $SIZE /dev/urandom >$PLACE/vda; qemu-img create -q -f qcow2 $PLACE/vdb $SIZE"
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        wait_for 20 target_is failed
        [[ $(target Message) = "vda: $PLACE/vda exists already: remove it, take another path, or say Overwrite." ]]
        tell_target Forget
        prepare web 2 vda $SIZE $PLACE/vda 1 Overwrite b true vdb $SIZE $PLACE/vdb 2 Overwrite b true Format s qcow2 127.0.0.1 0
        wait_for 20 target_is prepared
        [ "$(bus get-property $NAME $TARGET $NAME.Target Disks | jq -c '[.data[][4]]')" = '[false,false]' ]
        tell_target Abort
        wait_for 20 target_is removed
        in_box test -s $PLACE/vda
        in_box test -s $PLACE/vdb
}

@test "Overwrite does not change that a file is in use, of another size, or leads elsewhere" {
        fails() {
                prepare web 1 vda $SIZE "$1" "${@:3}" 127.0.0.1 0
                wait_for 20 target_is failed
                [[ $(target Message) = *"$2"* ]] || { target Message; return 1; }
                tell_target Forget
        }
        in_box truncate -s $SIZE $PLACE/used $PLACE/short
        in_box truncate -s -512 $PLACE/short
        in_box systemd-run --quiet --unit qemu-user sh -c "exec 3<>$PLACE/used; exec sleep 1000"
        wait_for 10 in_box fuser $PLACE/used
        fails $PLACE/used "$PLACE/used is in use: “fuser -v $PLACE/used” says by whom." 1 Overwrite b true
        fails $PLACE/short "has $((SIZE - 512)) bytes and the disk has $SIZE" 1 Overwrite b true
        in_box sh -c "truncate -s 1G $PLACE/base; qemu-img create -q -f qcow2 -F raw -b $PLACE/base $PLACE/top $SIZE"
        fails $PLACE/top "has a backing file" 2 Overwrite b true Format s qcow2
        fails $PLACE/base "is not a qcow2 image" 2 Overwrite b true Format s qcow2
        in_box ln -s /etc $PLACE/link
        fails $PLACE/link/vda "leads through a symbolic link" 0
        in_box ln -s /nowhere $PLACE/dangling
        fails $PLACE/dangling "is no file that could be used" 1 Overwrite b true
        fails $PLACE/not/vda "There is no directory for $PLACE/not/vda: make it first." 0
        in_box mkdir -m 777 $PLACE/open
        fails $PLACE/open/vda "Everybody may remove files" 0
        fails /dev/null "is no block device" 0
        fails $PLACE/vda "There is no user “who”" 1 Owner s who
}

# LVM is not here, and the kernel has no device-mapper: three scripts that note what they are asked for.
@test "a volume is made with a tag, and removed by it alone" {
        fake_lvm
        prepare web 1 vda $SIZE /dev/vg0/vda 0 127.0.0.1 0
        wait_for 20 target_is prepared
        in_box grep -qx "lvcreate --yes --wipesignatures y --zero y --size ${SIZE}b --addtag npivot-[0-9a-f]* --name vda vg0" /run/m/lvm.log
        tell_target Abort
        wait_for 20 target_is removed
        in_box grep -qx "lvremove --yes --force vg0/vda" /run/m/lvm.log
        tell_target Forget

        prepare web 1 vda $((SIZE + 512)) /dev/vg0/vda 0 127.0.0.1 0
        wait_for 20 target_is failed
        [[ $(target Message) = *"cannot have $((SIZE + 512)) bytes exactly: volumes of vg0 are multiples of 4194304. Take a file."* ]]
        tell_target Forget
        prepare web 1 vda $((SIZE * 8)) /dev/vg0/vda 0 127.0.0.1 0
        wait_for 20 target_is failed
        [[ $(target Message) = "vda: there is not enough space for /dev/vg0/vda"* ]]
        tell_target Forget

        prepare web 1 vda $SIZE /dev/vg0/vda 0 127.0.0.1 0
        wait_for 20 target_is prepared
        in_box sh -c "echo other >$DIR/lv/vda; : >/run/m/lvm.log"
        tell_target Abort
        wait_for 20 target_is removed
        run ! in_box grep -q lvremove /run/m/lvm.log
}

fake_lvm() {
        in_box sh -c "mkdir -p $DIR/lv; cd /usr/sbin
                printf '#!/bin/sh\necho \"lvcreate \$*\" >>$DIR/lvm.log\necho \"  \$9\" >$DIR/lv/\${11}\n' >lvcreate
                printf '#!/bin/sh\necho \"lvremove \$*\" >>$DIR/lvm.log\nrm $DIR/lv/\${3#vg0/}\n' >lvremove
                printf '#!/bin/sh\ncat $DIR/lv/vda 2>/dev/null || true\n' >lvs
                printf '#!/bin/sh\necho \"  67108864 4194304\"\n' >vgs
                chmod +x lvcreate lvremove lvs vgs"
}

@test "no free port: said with the range, and everything is withdrawn" {
        in_box systemd-run --quiet --unit qemu-port-1 socat TCP-LISTEN:49340,bind=127.0.0.1,fork -
        in_box systemd-run --quiet --unit qemu-port-2 socat TCP-LISTEN:49341,bind=127.0.0.1,fork -
        prepare web 1 vda $SIZE $PLACE/vda.raw 0 127.0.0.1 1 Ports '(qq)' 49340 49341
        wait_for 20 target_is prepared
        qemu web --blockdev "driver=raw,node-name=vda,file.driver=file,file.filename=$PLACE/vda.raw"
        wait_for 10 in_box sh -c "ss -ltn | grep -q 127.0.0.1:49340 && ss -ltn | grep -q 127.0.0.1:49341"
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        wait_for 20 says " cannot listen on 127.0.0.1, ports 49340 to 49341: they may all be taken."
        wait_for 20 target_is prepared
        [ "$(exports_of web)" = "[]" ]
        wait_for 10 no_part_is_left
        in_box systemctl stop qemu-port-1 qemu-port-2
        tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        wait_for 20 target_is listening
}

says() {
        [[ $(target Message) = *"$1"* ]] && ! target_is exporting
}

@test "nodes that are wrong and a foreign NBD server are refused with the reason" {
        two_disks
        wait_for 20 target_is prepared
        waiting web
        run ! tell_target Export 'sa(ss)' $DIR/web.qmp 1 vda vda
        [[ $output = *"vdb: it needs a node."* ]]
        run ! tell_target Connections
        [[ $output = *"Target web is prepared"* ]]
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda nobody vdb vdb
        wait_for 20 says "vda: QEMU has no node “nobody”."
        in_box truncate -s 512 $DIR/small
        qmp web "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"raw\",\"node-name\":\"small\",\"file\":{\"driver\":\"file\",\"filename\":\"$DIR/small\"}}}"
        wait_for 20 target_is prepared
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb small
        wait_for 20 says "vdb: its node “small” has 512 bytes and the disk has $SIZE."
        wait_for 20 target_is prepared
        qmp web "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$DIR/mine\"}}}}"
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 says "QEMU has an NBD server already that was not started for this target"
        wait_for 20 target_is prepared
        # It is still theirs.
        qmp web '{"execute":"nbd-server-stop"}'
        tell_target Abort
        wait_for 20 target_is removed
        nothing_is_left
}

@test "a QEMU that is killed while it listens: prepared again and said so; a new one is exported from" {
        two_disks
        wait_for 20 target_is prepared
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        in_box systemctl kill -s KILL qemu-web
        wait_for 20 says "QEMU has ended: nobody listens at its monitor, $DIR/web.qmp."
        wait_for 20 target_is prepared
        wait_for 10 no_part_is_left
        in_box systemctl reset-failed
        in_box rm -f $DIR/web.qmp $DIR/web.test
        waiting web
        tell_target Export 'sa(ss)' $DIR/web.qmp 2 vda vda vdb vdb
        wait_for 20 target_is listening
        [ "$(target Message)" = "" ]
        in_box systemctl kill -s KILL qemu-web
        tell_target Abort
        wait_for 20 target_is removed
        nothing_is_left
}

@test "a relay that has ended listens again on the same port" {
        local before

        two_disks
        wait_for 20 target_is prepared
        tell_target Serve
        wait_for 20 target_is listening
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
        wait_for 20 target_is kept
        targets_are_same
}

@test "what cannot be asked for is refused with the reason, and nobody but root may ask" {
        local method arguments

        check() {
                run ! bus call $NAME $ROOT $NAME.Manager Prepare 'sa(stsa{sv})sa{sv}' "${@:2}"
                [[ $output = *"$1"* ]] || { echo "$output"; return 1; }
        }
        check "is not a name for a target" ../x 1 vda 512 /x/y 0 ::1 0
        check "Name a disk" web 0 ::1 0
        check "is not a target name" web 1 ../a 512 /x/y 0 ::1 0
        check "a multiple of 512" web 1 vda 0 /x/y 0 ::1 0
        check "a multiple of 512" web 1 vda 511 /x/y 0 ::1 0
        check "its path is absolute" web 1 vda 512 x 0 ::1 0
        check "its path is absolute" web 1 vda 512 /x/../y 0 ::1 0
        check "its path is absolute" web 1 vda 512 "/x y" 0 ::1 0
        check "there twice" web 2 vda 512 /x/y 0 vda 512 /x/z 0 ::1 0
        check "there twice" web 2 vda 512 /x/y 0 vdb 512 /x/y 0 ::1 0
        check "Format is raw or qcow2" web 1 vda 512 /x/y 1 Format s vmdk ::1 0
        check "Preallocation is off, falloc or full" web 1 vda 512 /x/y 1 Preallocation s some ::1 0
        check "not the name of a user" web 1 vda 512 /x/y 1 Owner s "a b" ::1 0
        check "there is no option" web 1 vda 512 /x/y 1 Colour s red ::1 0
        check "another type" web 1 vda 512 /x/y 1 Overwrite s yes ::1 0
        check "not an IP address" web 1 vda 512 /x/y 0 host 0
        check "the first and the last of a range" web 1 vda 512 /x/y 0 ::1 1 Ports '(qq)' 2 1
        check "need each other" web 1 vda 512 /x/y 0 ::1 1 Certificates s /etc/x
        check "leave out Tls=false" web 1 vda 512 /x/y 0 ::1 3 Certificates s /etc/x PeerName s b Tls b false
        [ -z "$(in_box ls $LEDGER)" ]

        two_disks
        wait_for 20 target_is prepared
        as_nobody() {
                run ! in_box setpriv --reuid nobody --regid nogroup --clear-groups busctl call $NAME "$@"
                [[ $output = *"Interactive authentication required"* || $output = *"polkit refuses"* ]] || { echo "$output"; return 1; }
        }
        as_nobody $ROOT $NAME.Manager Prepare 'sa(stsa{sv})sa{sv}' db 1 vda 512 /x/y 0 ::1 0
        as_nobody $ROOT $NAME.Manager CollectGarbage b true
        as_nobody $TARGET $NAME.Target Export 'sa(ss)' /x 2 vda a vdb b
        for method in Serve Connections Commit Abort Forget; do
                as_nobody $TARGET $NAME.Target $method
        done
        in_box setpriv --reuid nobody --regid nogroup --clear-groups busctl get-property $NAME $TARGET $NAME.Target State
        run ! in_box setpriv --reuid nobody --regid nogroup --clear-groups socat -u - UNIX-CONNECT:/run/npivot/storage,type=5 </dev/null
        target_is prepared
}

@test "what could not be removed stays in the ledger, and is collected when it can be" {
        in_box mount -t tmpfs t $PLACE
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        wait_for 20 target_is prepared
        # Something else lies over the place.
        in_box mount -t tmpfs over $PLACE
        tell_target Abort
        wait_for 20 target_is failed
        [[ $(target Message) = *"is its file system mounted?"* ]]
        [[ $(collect false) = "web file $PLACE/vda The directory of $PLACE/vda is not the one"* ]]
        tell_target Forget
        run ! bus get-property $NAME $TARGET $NAME.Target State
        in_box systemctl kill -s KILL mirrord
        wait_for 10 collect false
        [[ $(collect true) = "web file $PLACE/vda "*"is its file system mounted?" ]]
        run ! prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        [[ $output = *"CollectGarbage removes it"* ]]
        in_box umount $PLACE
        in_box test -e $PLACE/vda
        [ -z "$(collect true)" ]
        run ! in_box test -e $PLACE/vda
        [ -z "$(in_box ls $LEDGER)" ]
}

@test "a file that somebody has put in the place of ours is not removed" {
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        wait_for 20 target_is prepared
        in_box sh -c "rm $PLACE/vda; echo mine >$PLACE/vda"
        tell_target Abort
        wait_for 20 target_is removed
        [ "$(in_box cat $PLACE/vda)" = mine ]
        [ -z "$(collect false)" ]
}

@test "a kill -9 of mirrord at each step: the target goes on, and comes to its end" {
        local i

        kill_mirrord() {
                in_box systemctl kill -s KILL mirrord
        }
        for i in 1 2 3; do
                two_disks "t$i"
                kill_mirrord
                wait_for 20 target_is prepared
                waiting "web$i"
                tell_target Export 'sa(ss)' $DIR/web$i.qmp 2 vda vda vdb vdb
                kill_mirrord
                wait_for 20 target_is listening
                before=$(connections)
                kill_mirrord
                wait_for 20 target_is listening
                [ "$(connections)" = "$before" ]
                if [ "$i" = 2 ]; then
                        source_disks
                        fill
                        tell_target Commit
                        kill_mirrord
                        wait_for 20 target_is kept
                        in_box systemctl stop "qemu-web$i"
                        targets_are_same
                        in_box rm $PLACE/vda.raw $PLACE/vdb.qcow2
                else
                        tell_target Abort
                        kill_mirrord
                        wait_for 20 target_is removed
                        [ "$(exports_of "web$i")" = "[]" ]
                fi
                wait_for 10 nothing_is_left
        done
        [ -z "$(collect true)" ]
}

@test "a kill -9 of mirror-storage in the middle: it is done again; again and again: failed, and nothing is left" {
        in_box mount -t tmpfs -o size=2G t $PLACE
        prepare web 1 vda $((512 * 1048576)) $PLACE/vda 1 Preallocation s full 127.0.0.1 0
        wait_for 20 in_box sh -c "ls -A $PLACE | grep -q npivot"
        in_box systemctl kill -s KILL 'mirror-storage@*'
        wait_for 30 target_is prepared
        [ "$(in_box ls -A $PLACE)" = vda ]
        tell_target Abort
        wait_for 20 target_is removed
        nothing_is_left
        tell_target Forget

        in_box sh -c "mkdir -p /run/systemd/system/mirror-storage@.service.d && cd /run/systemd/system/mirror-storage@.service.d &&
                printf '[Service]\nExecStart=\nExecStart=/bin/false\n' >no.conf && systemctl daemon-reload"
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        wait_for 30 target_is failed
        [[ $(target Message) = "vda: mirror-storage went without a word: “journalctl -u 'mirror-storage@*'” says why." ]]
        in_box sh -c "rm -r /run/systemd/system/mirror-storage@.service.d; systemctl daemon-reload"
        tell_target Forget

        # And of an abort, for which nothing is waited.
        prepare web 1 vda $((1024 * 1048576)) $PLACE/vda 1 Preallocation s full 127.0.0.1 0
        wait_for 20 in_box sh -c "ls -A $PLACE | grep -q npivot"
        tell_target Abort
        wait_for 20 target_is removed
        nothing_is_left
}

@test "a hundred targets at once, and not one more" {
        local i

        for ((i = 0; i < 100; i++)); do
                echo "busctl call $NAME $ROOT $NAME.Manager Prepare 'sa(stsa{sv})sa{sv}' t$i 1 vda 512 $PLACE/$i 0 127.0.0.1 0"
        done | in_box sh >/dev/null
        run ! prepare more 1 vda 512 $PLACE/more 0 127.0.0.1 0
        [[ $output = *"There are 100 targets already: forget those that have ended."* ]]
        wait_for 60 in_box sh -c "[ \$(grep -lx State=prepared $LEDGER/*.conf | wc -l) = 100 ]"
        [ "$(in_box ls -A $PLACE | wc -l)" = 100 ]
        for ((i = 0; i < 100; i++)); do
                echo "busctl call $NAME $ROOT/target/t$i $NAME.Target Abort"
        done | in_box sh
        wait_for 60 in_box sh -c "[ \$(grep -lx State=removed $LEDGER/*.conf | wc -l) = 100 ]"
        nothing_is_left
}

# From Prepare to the end of two targets, asked for by somebody who does not give up.
@test "killed at any system call: targets come to their end, and nothing else is left" {
        local round="$BATS_TEST_DIRNAME/target-round"

        in_box sh -c 'cat >/run/target-until-done; chmod +x /run/target-until-done' <"$BATS_TEST_DIRNAME/target-until-done"
        run "$BATS_TEST_DIRNAME/kill-sweep" --box "$BOX_NAME" --unit mirrord.service --max "${SWEEP_MAX:-12}" --timeout 60 \
                --reset "'$round' reset" --check "'$round' check" -- /run/target-until-done
        echo "$output"
        [ "$status" = 0 ]
}
