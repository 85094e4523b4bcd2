# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# A guest that signs its writes and checks them (tests/guest), in a whole QEMU in a box: it is started
# once for a file of tests, and writes on through all of them. Needs lib.bash and mirror.bash.

SIZE_BYTES=$((32 << 20))
GUEST_KBYTES=1500
: "${QEMU_PATH=}"
# shellcheck disable=SC2154  # lib.bash has it
guest_here=$box_here/../guest

# guest_box VERSION [OPTION of box start]...: a box with the guest in the machine's own QEMU, or with 10 in Debian 13's.
guest_box() {
        local binds=()

        BUILD_DIR=$(realpath "$BUILD_DIR")
        GUEST_IMAGE=$("$guest_here/image")
        export BUILD_DIR GUEST_IMAGE
        echo "$GUEST_IMAGE" >"$BATS_FILE_TMPDIR/guest"
        binds=(--bind "$GUEST_IMAGE" --bind "$BUILD_DIR/tests/guest")
        if [ "$1" = 10 ]; then
                QEMU_PATH=$("$guest_here/qemu10")
                binds+=(--bind "${QEMU_PATH%/bin}")
        fi
        export QEMU_PATH
        box_start --destdir "$(npivot_destdir)" "${binds[@]}" "${@:2}"
        begin_afresh
        guest_up
}

# Its disks are written to wherever they are, before anything is mirrored.
guest_up() {
        guest_qemu source
        wait_for 60 guest_answers
        guest fill
        guest rate $GUEST_KBYTES
}

# guest_disk DISK FILE: QEMU's options for it
guest_disk() {
        echo -blockdev "driver=raw,node-name=$1,file.driver=file,file.filename=$2,discard=unmap,file.discard=unmap" \
                -device "virtio-blk-pci,drive=$1"
}

# guest_qemu NAME OPTION...: a QEMU with two disks, as big as each other; monitors as in mirror.bash
guest_qemu() {
        local name=$1 disk disk_options options=()
        shift

        for disk in vda vdb; do
                read -ra disk_options <<<"$(guest_disk "$disk" "$DIR/$disk.$name")"
                options+=("${disk_options[@]}")
                in_box sh -c "[ -e $DIR/$disk.$name ] || truncate -s $SIZE_BYTES $DIR/$disk.$name"
        done
        in_box systemd-run --quiet --collect --unit "qemu-$name" "${QEMU_PATH:+$QEMU_PATH/}qemu-system-x86_64" -name "$name" \
                -machine pc -accel tcg -cpu Nehalem -m 128 -nodefaults -no-user-config -display none \
                -kernel "$GUEST_IMAGE/kernel" -initrd "$GUEST_IMAGE/initrd" \
                -append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check random.trust_cpu=on" \
                -chardev "socket,id=serial,path=$DIR/$name.serial,server=on,wait=off" -serial chardev:serial \
                -chardev "socket,id=m,path=$DIR/$name.qmp,server=on,wait=off" -mon chardev=m,mode=control \
                -chardev "socket,id=t,path=$DIR/$name.test,server=on,wait=off" -mon chardev=t,mode=control \
                "${options[@]}" "$@"
        wait_for 20 qmp "$name" '{"execute":"query-status"}'
}

# guest WORD [ARGUMENT]...: what the guest answers
guest() {
        in_box "$BUILD_DIR/tests/guest/guest-ask" "$DIR/source.serial" 15 "$@"
}

# While it boots what it is told is lost.
guest_answers() {
        in_box "$BUILD_DIR/tests/guest/guest-ask" "$DIR/source.serial" 0.5 status
}

# guest_number KEY: of its status
guest_number() {
        guest status | tr ' ' '\n' | sed -n "s/^$1=//p"
}

guest_has_written_beyond() {
        [ "$(guest_number writes)" -gt "$1" ]
}

guest_goes_on() {
        wait_for 10 guest_has_written_beyond "$(guest_number writes)"
}

# gap_is_below MS: since "guest gap"
gap_is_below() {
        local gap

        gap=$(guest_number gap_ms)
        echo "no write was completed for $gap ms at most"
        [ "$gap" -lt "$1" ]
}

# What a mirror must have left after itself, however it ended: the guest, running; every write of it;
# and nothing else.
guest_is_whole() {
        local check

        wait_for 15 is_clean
        [ "$(qmp source '{"execute":"query-status"}' | jq -r .status)" = running ]
        guest_goes_on
        check=$(guest check)
        echo "$check"
        [[ $check = "ok checked="*" unknown=0 bad=0" ]]
        [ "$(guest_number errors)" = 0 ]
        [ "$(nodes_of_source)" = "$(<"$BATS_FILE_TMPDIR/nodes")" ]
        [ -z "$(qmp source '{"execute":"query-block-jobs"}' | jq -r '.[].device')" ]
}

nodes_of_source() {
        qmp source '{"execute":"query-named-block-nodes","arguments":{"flat":true}}' | jq -c '[.[]."node-name"] | map(select(startswith("#") | not)) | sort'
}

# ---- the other host, which is this one

# target_up: a QEMU that waits for the guest, an export of each disk, and relays before them. The
# sizes are SIZE_BYTES unless $DIR/DISK.target is there already.
target_up() {
        local disk

        guest_qemu target -incoming defer
        qmp target "{\"execute\":\"nbd-server-start\",\"arguments\":{\"addr\":{\"type\":\"unix\",\"data\":{\"path\":\"$DIR/export.sock\"}}}}"
        for disk in vda vdb; do
                qmp target "{\"execute\":\"block-export-add\",\"arguments\":{\"type\":\"nbd\",\"id\":\"$disk\",\"node-name\":\"$disk\",\"name\":\"$disk\",\"writable\":true}}"
        done
        target_relay vda 49301
        target_relay vdb 49302
}

target_down() {
        in_box sh -c "systemctl kill -s KILL qemu-target; systemctl stop qemu-target 'mirror-relay@target-*'; systemctl reset-failed
                umount $DIR/small; rm -rf $DIR/*.target $DIR/target.* $DIR/export.sock $DIR/small /run/npivot/mirror/relay/target-*" 2>/dev/null || true
}

# Stops the guest, switches over, compares, and lets it go on.
switch_over() {
        qmp source '{"execute":"stop"}'
        tell Switch
        until_state 20 "done"
        images_are_same
        qmp source '{"execute":"cont"}'
}

images_are_same() {
        local disk

        # The target's images are its QEMU's, which has opened them for writing.
        for disk in vda vdb; do
                in_box "${QEMU_PATH:+$QEMU_PATH/}qemu-img" compare -U -f raw -F raw "$DIR/$disk.source" "$DIR/$disk.target"
        done
}

# What there was when a test failed.
guest_report() {
        [ -z "${JOB-}" ] || echo "$JOB: $(job State), $(job Message), $(job_disks)"
        qmp source '{"execute":"query-block-jobs"}'
        guest status
        in_box journalctl -b --no-pager -n 40 -u mirrord -u 'mirror-relay@*' -u 'qemu-*'
}

# After a test that failed: the next one shall have a guest that is whole.
guest_recover() {
        target_down
        in_box systemctl stop other-client watch-canary 2>/dev/null || true
        [ -z "${JOB-}" ] || tell Abort || true
        qmp source '{"execute":"cont"}' || true
        wait_for 15 is_clean && [[ $(guest check) = *" unknown=0 bad=0" ]] && return
        in_box sh -c "systemctl kill -s KILL qemu-source; systemctl stop qemu-source; systemctl reset-failed; rm -f $DIR/*.source" 2>/dev/null
        guest_up
}

# mirrord without jobs, and relays that wait before the same target, for another round with it.
mirrors_afresh() {
        in_box sh -c "systemctl stop mirrord 'mirror-relay@*'; systemctl reset-failed; rm -rf /run/npivot/mirror/jobs; systemctl start mirrord" 2>/dev/null
        target_relay vda 49301
        target_relay vdb 49302
}
