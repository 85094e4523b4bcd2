#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The disks that mirrors fill: what is made and where, what is refused before anything is made, what
# is left when something goes wrong, and how that is removed.

# Constants of mirror.bash and target.bash, without blanks: $NAME, $ROOT, $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC2046,SC1010,SC1111
bats_require_minimum_version 1.5.0
load lib
load mirror
load target

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
        targets_stop
}

@test "what is preallocated has its space, and what is not has none" {
        prepare web 3 a $SIZE $PLACE/a 1 Preallocation s falloc b $SIZE $PLACE/b 1 Preallocation s full \
                c $SIZE $PLACE/c 2 Format s qcow2 Preallocation s full 127.0.0.1 0
        until_target 30 prepared
        [ "$(in_box stat -c %b $PLACE/a)" -ge $((SIZE / 512)) ]
        [ "$(in_box stat -c %b $PLACE/b)" -ge $((SIZE / 512)) ]
        [ "$(in_box stat -c %b $PLACE/c)" -ge $((SIZE / 512)) ]
        [ "$(in_box qemu-img info --output=json -f qcow2 $PLACE/c | jq '."virtual-size"')" = $SIZE ]
        tell_target Abort
        until_target 20 removed
        nothing_is_left
}

@test "too little space is said before anything is made; two disks do not share what is there once" {
        in_box mount -t tmpfs -o size=24M t $PLACE
        prepare web 2 vda $SIZE $PLACE/vda 0 vdb $SIZE $PLACE/vdb 0 127.0.0.1 0
        until_target 20 failed
        [[ $(target Message) = "vdb: there is not enough space for $PLACE/vdb: it takes $SIZE bytes and "*"Free some, take another place, or say Overcommit." ]]
        nothing_is_left
        [ -z "$(collect false)" ]
}

# The second file's space goes while the first one is made, as far as the ledger is concerned: the check
# has seen what is there, and Overcommit has it go on all the same.
@test "a file system that gets full in the middle: everything is removed, and it is said" {
        in_box mount -t tmpfs -o size=24M t $PLACE
        prepare web 2 vda $SIZE $PLACE/vda 1 Preallocation s full vdb $((SIZE / 2)) $PLACE/vdb 2 Format s qcow2 Preallocation s full 127.0.0.1 0
        until_target 20 failed
        [[ $(target Message) = "vdb: There is not enough space for $PLACE/vdb, which takes $((SIZE / 2)) bytes: free some, or take another place." ]]
        wait_for 10 nothing_is_left
        [ -z "$(collect true)" ]
        tell_target Forget
        [ -z "$(in_box ls $LEDGER)" ]
}

@test "what is there already is refused; with Overwrite it is used, and an abort keeps it" {
        in_box sh -c "head -c $SIZE /dev/urandom >$PLACE/vda; qemu-img create -q -f qcow2 $PLACE/vdb $SIZE"
        prepare web 1 vda $SIZE $PLACE/vda 0 127.0.0.1 0
        until_target 20 failed
        [[ $(target Message) = "vda: $PLACE/vda exists already: remove it, take another path, or say Overwrite." ]]
        tell_target Forget
        prepare web 2 vda $SIZE $PLACE/vda 1 Overwrite b true vdb $SIZE $PLACE/vdb 2 Overwrite b true Format s qcow2 127.0.0.1 0
        until_target 20 prepared
        [ "$(bus get-property $NAME $TARGET $NAME.Target Disks | jq -c '[.data[][4]]')" = '[false,false]' ]
        tell_target Abort
        until_target 20 removed
        in_box test -s $PLACE/vda
        in_box test -s $PLACE/vdb
}

@test "Overwrite does not change that a file is in use, of another size, or leads elsewhere" {
        fails() {
                prepare web 1 vda $SIZE "$1" "${@:3}" 127.0.0.1 0
                until_target 20 failed
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
        until_target 20 prepared
        in_box grep -qx "lvcreate --yes --wipesignatures y --zero y --size ${SIZE}b --addtag npivot-[0-9a-f]* --name vda vg0" /run/m/lvm.log
        tell_target Abort
        until_target 20 removed
        in_box grep -qx "lvremove --yes --force vg0/vda" /run/m/lvm.log
        tell_target Forget

        prepare web 1 vda $((SIZE + 512)) /dev/vg0/vda 0 127.0.0.1 0
        until_target 20 failed
        [[ $(target Message) = *"cannot have $((SIZE + 512)) bytes exactly: volumes of vg0 are multiples of 4194304. Take a file."* ]]
        tell_target Forget
        prepare web 1 vda $((SIZE * 8)) /dev/vg0/vda 0 127.0.0.1 0
        until_target 20 failed
        [[ $(target Message) = "vda: there is not enough space for /dev/vg0/vda"* ]]
        tell_target Forget

        prepare web 1 vda $SIZE /dev/vg0/vda 0 127.0.0.1 0
        until_target 20 prepared
        in_box sh -c "echo other >$DIR/lv/vda; : >/run/m/lvm.log"
        tell_target Serve
        wait_for 20 says "vda: /dev/vg0/vda is not the disk that was prepared"
        until_target 20 prepared
        tell_target Abort
        until_target 20 removed
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
        until_target 20 prepared
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
        until_target 20 prepared
        # Something else lies over the place.
        in_box mount -t tmpfs over $PLACE
        tell_target Abort
        until_target 20 failed
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
        until_target 20 prepared
        in_box sh -c "rm $PLACE/vda; echo mine >$PLACE/vda"
        tell_target Abort
        until_target 20 removed
        [ "$(in_box cat $PLACE/vda)" = mine ]
        [ -z "$(collect false)" ]
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
