# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# How `vm` starts a guest: its disks, its QEMU. Part of vm, whose names ($name, $dir) it uses.
# Its job ends when QEMU runs; waiting for what is inside is vm's.

# shellcheck disable=SC2154 # name, dir: set by use()

# card_address N: made from the guest's name, so a guest's WWPNs are always the same
card_address() {
        local sum

        sum=$(printf '%s' "$name" | sha256sum)
        printf '52:54:00:%s:%s:%02x\n' "${sum:0:2}" "${sum:2:2}" "$1"
}

# The disk that outlives a reboot. mkfs works on a plain file: no root, no loop device.
make_disk() {
        [ ! -e "$dir/disk" ] || return 0
        truncate -s 2G "$dir/disk.new"
        mkfs.ext4 -q -E lazy_itable_init=1,lazy_journal_init=1 "$dir/disk.new"
        mv "$dir/disk.new" "$dir/disk"
}

add_disk() {
        local serial=$1 file=$2 options=$3

        machine+=(-drive "file=$file,format=raw,if=none,id=$serial,$options"
                -device "virtio-blk-pci,drive=$serial,serial=$serial")
}

# Always in the same slots, 0000:00:10.0 and on, whatever else the guest has.
add_hba() {
        local n=$1 switch=$2 mac

        [ "$n" -le 7 ] || die "a guest has at most 8 HBAs"
        mac=$(card_address "$n")
        [ -S "$switch" ] || die "there is no switch at $switch. Start it first: fabric-switch"
        machine+=(-netdev "stream,id=card$n,server=off,addr.type=unix,addr.path=$switch"
                -device "virtio-net-pci,netdev=card$n,id=fc$n,addr=0x1$n,romfile=,mac=$mac")
}

# KVM where `image` found it to work, else QEMU's own emulation: slower, otherwise the same. That has
# three times the speed where a program is always at the same address, so that it is translated once,
# and finds no AVX, which is emulated call by call.
add_processor() {
        local accel=${NPIVOT_LAB_ACCEL:-$(cat "$image/accel")}

        if [ "$accel" = kvm ]; then
                machine+=(-accel kvm -accel "tcg,thread=multi,tb-size=256" -cpu max)
        else
                machine+=(-accel "tcg,thread=multi,tb-size=256" -cpu Nehalem)
                append+=" norandmaps"
        fi
}

parse_start() {
        switches=() memory=768 cpus=2 ephemeral='' with_npivot=1
        append="console=ttyS0 quiet loglevel=4 systemd.show_status=0 net.ifnames=0 audit=0"
        append+=" mitigations=off tsc=reliable no_timer_check random.trust_cpu=on selinux=0"
        append+=" apparmor=0"

        while [ $# -gt 0 ]; do
                case $1 in
                --switch) switches+=("$2") && shift ;;
                --build)
                        BUILD_DIR=$(realpath "$2")
                        unset NPIVOT_LAB_LAYER_LAB NPIVOT_LAB_LAYER_NPIVOT
                        shift
                        ;;
                --mem) memory=$2 && shift ;;
                --cpus) cpus=$2 && shift ;;
                --append) append+=" $2" && shift ;;
                --no-fcoe) append+=" lab.fcoe=manual" ;;
                --ephemeral) ephemeral=1 ;;
                --no-npivot) with_npivot='' ;;
                *) die "start: unknown option $1; see --help" ;;
                esac
                shift
        done
}

# Who starts many guests packs the layers once, and names them.
add_disks() {
        local layer

        layer=${NPIVOT_LAB_LAYER_LAB:-$("$LAB_DIR/layer" lab)}
        machine+=(-kernel "$image/kernel" -initrd "$image/initrd")
        if [ -n "$with_npivot" ]; then
                add_disk layer0 "${NPIVOT_LAB_LAYER_NPIVOT:-$("$LAB_DIR/layer" npivot)}" \
                        readonly=on,file.locking=off
        fi
        add_disk layer1 "$layer" readonly=on,file.locking=off
        if [ -z "$ephemeral" ]; then
                make_disk
                add_disk state "$dir/disk" cache=unsafe
        fi
        # Last, so that the initrd knows: when this is there, all are.
        add_disk base "$image/base.sqfs" readonly=on,file.locking=off
}

add_agents() {
        local n

        machine+=(-device virtio-serial-pci)
        for n in 0 1 2 3; do
                machine+=(-chardev "socket,id=lab$n,path=$dir/agent.$n,server=on,wait=off"
                        -device "virtserialport,chardev=lab$n,name=lab.$n")
        done
}

cmd_start() {
        local image machine n id switches memory cpus ephemeral with_npivot append

        need mkfs.ext4=e2fsprogs qemu-system-x86_64=qemu-system-x86 socat=socat
        use "${1:-}"
        shift
        ! is_running || die "guest $name runs already"
        parse_start "$@"
        [ -x "$BUILD_DIR/tests/fabric/lab-exec" ] ||
                die "there is no lab-exec in $BUILD_DIR. Build first: meson compile"

        # One writer, and nobody else's business: guests run commands for whoever reaches them.
        mkdir -p "$dir"
        chmod 700 "$NPIVOT_LAB_RUN"
        rm -f "$dir"/agent.* "$dir/boot-id"

        image=$("$LAB_DIR/image")
        id=$(printf 'npivot-lab %s' "$name" | sha256sum | cut -c1-32)
        append+=" systemd.machine_id=$id systemd.hostname=$name"
        machine=(qemu-system-x86_64 -name "npivot-lab-$name" -machine q35 -smp "$cpus"
                -m "$memory" -nodefaults -no-user-config -display none
                -daemonize -pidfile "$dir/pid"
                -monitor "unix:$dir/monitor,server=on,wait=off"
                -chardev "socket,id=console,path=$dir/console,server=on,wait=off,logfile=$dir/console.log"
                -serial chardev:console
                -device virtio-rng-pci)
        add_processor
        machine+=(-append "$append")
        add_disks
        add_agents
        for n in "${!switches[@]}"; do
                add_hba "$n" "${switches[n]}"
        done

        printf '%q ' "${machine[@]}" >"$dir/machine"
        # A test runner waits for whoever holds its descriptors.
        "${machine[@]}" </dev/null >"$dir/qemu.log" 2>&1 3>&- 4>&- 5>&- ||
                die "guest $name: QEMU does not start: $(tail -n 3 "$dir/qemu.log")"
        until_booted 180
}
