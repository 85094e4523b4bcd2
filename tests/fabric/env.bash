# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# What the programs of the lab agree on: where things are, and how they speak. Sourced, never run.
# Its job ends with names, messages and how a program is run; nothing here starts or changes
# anything.

LAB_DIR=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${SOURCE_DIR:=${LAB_DIR%/tests/fabric}}"

# Debian release of the guests: the host's own, so that what is built here runs there.
lab_suite() {
        local ID='' VERSION_CODENAME=''

        [ -r /etc/os-release ] && . /etc/os-release
        if [ "$ID" = debian ] && [ -n "$VERSION_CODENAME" ]; then
                echo "$VERSION_CODENAME"
        else
                echo bookworm
        fi
}

if [ "$(id -u)" = 0 ]; then
        : "${NPIVOT_LAB_CACHE:=/var/cache/npivot-lab}"
        : "${NPIVOT_LAB_RUN:=/run/npivot-lab}"
else
        : "${NPIVOT_LAB_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/npivot-lab}"
        : "${NPIVOT_LAB_RUN:=${XDG_RUNTIME_DIR:-$NPIVOT_LAB_CACHE/run}/npivot-lab}"
fi
: "${BUILD_DIR:=$SOURCE_DIR/build}"
: "${NPIVOT_LAB_SUITE:=$(lab_suite)}"
export NPIVOT_LAB_CACHE NPIVOT_LAB_RUN BUILD_DIR NPIVOT_LAB_SUITE

# Debian keeps depmod and mkfs where ordinary users do not look.
PATH=$PATH:/usr/sbin:/sbin

die() {
        echo "${0##*/}: $*" >&2
        exit 125
}

# need COMMAND=PACKAGE...: stop early, with everything that is missing in one message
need() {
        local pair missing=()

        for pair; do
                command -v "${pair%=*}" >/dev/null || missing+=("${pair#*=}")
        done
        [ ${#missing[@]} = 0 ] ||
                die "missing programs. Install the Debian packages: ${missing[*]}"
}

# unencumbered COMMAND...: run it with no file open but 0, 1 and 2. mmdebstrap gives apt a hook of
# `cat >&NUMBER`, the next that is free; Debian's sh takes no number above 9.
unencumbered() (
        for open in /proc/self/fd/*; do
                open=${open##*/}
                # 255 is bash's own, and closed for COMMAND anyway.
                [[ $open -le 2 || $open = 255 ]] || exec {open}>&-
        done
        exec "$@"
)
