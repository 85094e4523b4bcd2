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

# row WORK NPIVOT PEER RATIO TARGET MET(yes|no)
row() {
        local IFS=$'\t'
        printf '%s\n' "$*"
}

# at_most VALUE LIMIT: prints yes or no.
at_most() {
        awk -v v="$1" -v l="$2" 'BEGIN { print (v <= l) ? "yes" : "no" }'
}
