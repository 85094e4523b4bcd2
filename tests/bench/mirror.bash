# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the measures of mirrors share: a disk in a tmpfs, a target and a source as libvirt sets them
# up, relays between them, how long it took and who paid for it. Everything is in $DIR and gone
# afterwards.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/bench/lib.bash
. "$here/lib.bash"
export BUILD_DIR
# shellcheck source=tests/mirror/lib.bash
. "$here/../mirror/lib.bash"

runs=${RUNS:-5} size=${SIZE:-4294967296}
port=$((20000 + $$ % 20000))

# bench_begin: $DIR, and its end
bench_begin() {
        ! MISSING=$(mirror_missing) || { echo "bench: $MISSING" >&2; exit 1; }
        DIR=$(mktemp -d "${BENCH_DIR:-/dev/shm}/npivot-mirror.XXXXXX")
        PIDS=()
        unix='{"type":"unix","path":"'$DIR'/nbd.sock"}'
        trap 'bench_end' EXIT
}

bench_end() {
        kill -KILL "${PIDS[@]}" 2>/dev/null || true
        rm -rf "$DIR"
}

say() {
        echo "$(basename "$0"): $*" >&2
}

end_all() {
        kill -KILL "${PIDS[@]}" 2>/dev/null || true
        wait "${PIDS[@]}" 2>/dev/null || true
        PIDS=() PID=()
        rm -f "$DIR"/*.sock "$DIR"/*.qmp "$DIR"/*.control
}

# How each side is run, say in a namespace; the node that is mirrored to; what QEMU may have on its way:
# its own, or as pace_buffer_bytes() has it for a host that is near.
SOURCE=() TARGET=() node=mirror buffer=0 near_buffer=4194304

# target ADDRESS [QEMU OPTIONS]: a fresh export. As libvirt has it: what holds the data would unmap,
# the format above it does not, unless the domain says so.
target() {
        local RUN=("${TARGET[@]}")

        rm -f "$DIR/target.img"
        truncate -s "$size" "$DIR/target.img"
        qemu destination "${@:2}" \
                --blockdev "driver=file,node-name=file,discard=unmap,filename=$DIR/target.img" \
                --blockdev "driver=raw,node-name=disk,file=file${TARGET_DISCARD:+,discard=$TARGET_DISCARD}" \
                --nbd-server "$1" --export "type=nbd,id=e,node-name=disk,name=vda,writable=on"
}

# source_qemu SERVER-JSON [OPTION-JSON] [QEMU OPTIONS]: a disk, and the target's beside it: "mirror" as
# mirrord has it, "format" as libvirt has it
source_qemu() {
        local RUN=("${SOURCE[@]}")

        qemu source-qemu "${@:3}" \
                --blockdev "driver=raw,node-name=disk,file.driver=file,file.filename=$DIR/source.img"
        qmp source-qemu "{\"execute\":\"blockdev-add\",\"arguments\":{\"driver\":\"nbd\",\"node-name\":\"mirror\",
                \"discard\":\"unmap\",\"export\":\"vda\",\"server\":$1${2:+,$2}}}" >/dev/null
        [ "$node" = mirror ] ||
                qmp source-qemu '{"execute":"blockdev-add","arguments":{"driver":"raw","node-name":"format","file":"mirror"}}' >/dev/null
}

# until_ready MODE: begins the mirror, in background or write-blocking; the seconds until QEMU says that it is ready. Nobody
# polls meanwhile: on a few cores that would be measured as well.
until_ready() {
        local monitor begin line buffer_json="" sync=full
        [ "$node" != mirror ] || sync=top # a raw file: mirrord/engine-command.c
        ((buffer == 0)) || buffer_json=",\"buf-size\":$buffer"

        coproc monitor { socat - "UNIX-CONNECT:$DIR/source-qemu.qmp"; }
        begin=${EPOCHREALTIME/./}
        printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"blockdev-mirror","arguments":{"job-id":"m",
                "device":"disk","target":"'"$node"'","sync":"'$sync'","auto-dismiss":false,"copy-mode":"'"$1"'"'"$buffer_json"'}}' >&"${monitor[1]}"
        while read -r -t "${READY_SEC:-300}" line <&"${monitor[0]}"; do
                case $line in
                *BLOCK_JOB_READY*)
                        awk -v us=$((${EPOCHREALTIME/./} - begin)) 'BEGIN { printf "%.3f\n", us / 1e6 }'
                        kill "$monitor_PID"
                        wait "$monitor_PID" 2>/dev/null || true
                        return 0
                        ;;
                *BLOCK_JOB_COMPLETED* | *'"error"'*) break ;;
                esac
        done
        echo "the mirror is not ready: ${line:-no answer}" >&2
        return 1
}

# relays KEY=VALUE...: a target, and a pair of relays to it
relays() {
        local RUN

        KEY=
        target "addr.type=unix,addr.path=$DIR/export.sock"
        RUN=("${TARGET[@]}")
        relay target target export.sock "$port-$((port + 9))" Name=vda "$@"
        RUN=("${SOURCE[@]}")
        relay source source nbd.sock "$(field target 3)" "$@"
        source_qemu "$unix"
}

# cpu_seconds NAME...: what those processes have used so far, all their threads
cpu_seconds() {
        local name files=()

        for name; do [ -z "${PID[$name]:-}" ] || files+=("/proc/${PID[$name]}/stat"); done
        cat "${files[@]}" /dev/null | sed 's/^.*) //' |
                awk -v hz="$(getconf CLK_TCK)" '{ t += $12 + $13 } END { printf "%.2f\n", t / hz }'
}
