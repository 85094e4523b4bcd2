# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the measures share: CPU time of a command, medians, the row.

BUILD_DIR=${BUILD_DIR:-$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")/build}

# cpu_ms COMMAND...: user and system time of one run, in milliseconds.
cpu_ms() {
        local TIMEFORMAT='%U %S'
        { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%.1f\n", ($1 + $2) * 1000 }'
}

# median: of the numbers on stdin, one a line.
median() {
        sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# make_disk FILE SIZE: half data, half zeroes, a megabyte each in turn. In one process.
make_disk() {
        local i

        truncate -s "$2" "$1"
        for ((i = 0; i < $2 / 2097152; i++)); do
                echo "write -P $((i % 255 + 1)) $((2 * i))M 1M"
        done | qemu-io -f raw "$1" >/dev/null
}

# set_congestion [COMMAND...]: Debian's control, or what every kernel has, or $CONGESTION; by COMMAND, in its
# namespace
set_congestion() {
        local control

        [ "${CONGESTION:=debian}" != host ] || return 0
        for control in ${CONGESTION/debian/cubic reno}; do
                ! "$@" sysctl -qw "net.ipv4.tcp_congestion_control=$control" 2>/dev/null || break
        done
}

# row WORK NPIVOT PEER RATIO TARGET MET(yes|no)
row() {
        local IFS=$'\t'
        printf '%s\n' "$*"
}

# at_most VALUE LIMIT: prints yes or no.
at_most() {
        awk -v v="$1" -v l="$2" 'BEGIN { print (v <= l) ? "yes" : "no" }'
}
