#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# vhba-generator against golden trees, and against what hostile or careless people put in its way.
# A case is a folder of tests/data/generator: input/ stands for /etc/npivot, expected/ is what must
# come out, expected.stderr what must be said. $CONFDIR in them is where the input was.

bats_require_minimum_version 1.5.0

setup() {
        here=$(dirname "$(realpath "$BATS_TEST_FILENAME")")
        data=$here/../data/generator
        generator=${BUILD_DIR:-$here/../../build}/vhbad/vhba-generator
        # What it writes to at boot, /run, is a tmpfs too.
        tree=$(mktemp -d -p /dev/shm npivot-generator-XXXXXX 2>/dev/null || mktemp -d)
        conf=$tree/conf
        out=$tree/out
        mkdir -p "$conf/vhba" "$out"
}

teardown() {
        rm -rf "$tree"
}

# definition WWPN [LINE...]
definition() {
        printf '[Vhba]\nWwpn=%s\nWwnn=2001001b32a9da4e\n' "$1" >"$conf/vhba/$1.conf"
        printf '%s\n' "${@:2}" >>"$conf/vhba/$1.conf"
}

generate() {
        NPIVOT_CONFDIR=$conf "$generator" "$out" "$out" "$out" 2>"$BATS_TEST_TMPDIR/stderr"
}

# With exit code 0 and for less than a second of CPU time: the boot waits for it.
generate_soon() {
        local TIMEFORMAT='%3U %3S' user system

        { time generate; } 2>"$BATS_TEST_TMPDIR/time"
        read -r user system <"$BATS_TEST_TMPDIR/time"
        ((10#${user/./} + 10#${system/./} < 1000))
}

made() {
        (cd "$out" && find . -type f | sort)
}

complaints() {
        wc -l <"$BATS_TEST_TMPDIR/stderr"
}

golden() {
        rm -rf "$conf"
        cp -r "$data/$1/input" "$conf"
        chmod -R u+rwX,go-w "$conf"
        generate
        find "$out" -type f -exec sed -i "s|$conf|\$CONFDIR|" {} +
        sed "s|$conf|\$CONFDIR|" "$BATS_TEST_TMPDIR/stderr" >"$BATS_TEST_TMPDIR/said"
        diff -r "$data/$1/expected" "$out"
        diff "$data/$1/expected.stderr" <(sort "$BATS_TEST_TMPDIR/said")
}

@test "each kind of parent has its drop-in" {
        golden parents
}

@test "a mistake costs its own definition only, and is told with file and line" {
        golden mistakes
}

@test "of a pair whose writing was cut short the new records count" {
        golden pair
}

@test "no definitions are no error" {
        generate
        rm -rf "$conf"
        generate
        [ -z "$(made)" ]
        [ "$(complaints)" = 0 ]
}

@test "drop-ins are all that systemd wants of them" {
        rm -rf "$conf"
        cp -r "$data/parents/input" "$conf"
        chmod -R go-w "$conf"
        generate
        mkdir -p "$BATS_TEST_TMPDIR/units"
        cp -r "$out"/* "$BATS_TEST_TMPDIR/units"
        printf '[Service]\nType=oneshot\nExecStart=true\n' >"$BATS_TEST_TMPDIR/units/vhba@.service"
        run env SYSTEMD_UNIT_PATH="$BATS_TEST_TMPDIR/units:" systemd-analyze verify --man=no \
                --recursive-errors=no "$BATS_TEST_TMPDIR/units/vhba@2101001b32a90002.service"
        echo "$output"
        [ "$status" = 0 ] && [ -z "$output" ]
}

# shellcheck disable=SC2016 # the words of an attacker
@test "nothing in a definition is executed or leaves the output directory" {
        definition 2101001b32a90001 'SymbolicName=$(touch '"$BATS_TEST_TMPDIR"'/pwned) `id`'
        definition 2101001b32a90002 'Parent=host:../../../etc'
        definition 2101001b32a90003 'SymbolicName=x%n%n ExecStart=/bin/sh'
        run -0 strace -f -qq -e trace=execve,fork,vfork,clone,clone3 -o "$BATS_TEST_TMPDIR/trace" \
                env NPIVOT_CONFDIR="$conf" "$generator" "$out"
        # env itself, looked for along the path, and the generator.
        [ "$(grep -c 'execve.*= 0' "$BATS_TEST_TMPDIR/trace")" = 2 ]
        run ! grep -Eq '^([0-9]+ +)?(v?fork|clone3?)\(' "$BATS_TEST_TMPDIR/trace"
        [ ! -e "$BATS_TEST_TMPDIR/pwned" ]
        [ "$(made)" = "./vhba@2101001b32a90001.service.d/50-npivot.conf
./vhba@2101001b32a90003.service.d/50-npivot.conf" ]
        grep -q 'x%%n%%n' "$out/vhba@2101001b32a90003.service.d/50-npivot.conf"
        run ! grep -q '^ExecStart' -r "$out"
}

@test "a file of 1 GB is skipped" {
        definition 2101001b32a90001
        truncate -s 1G "$conf/vhba/2101001b32a90002.conf"
        generate_soon
        [ "$(made)" = ./vhba@2101001b32a90001.service.d/50-npivot.conf ]
        grep -q '2101001b32a90002.conf: It is larger than 65536 bytes' "$BATS_TEST_TMPDIR/stderr"
}

@test "a file of 100,000 lines is skipped" {
        yes 'Lun=0' | head -n 100000 >"$conf/vhba/2101001b32a90002.conf"
        generate_soon
        [ -z "$(made)" ]
        [ "$(complaints)" = 1 ]
}

@test "NULs, control bytes and no text at all are skipped" {
        printf '[Vhba]\nWwpn=2101001b32a9\0000001\n' >"$conf/vhba/2101001b32a90001.conf"
        head -c 60000 /dev/urandom >"$conf/vhba/2101001b32a90002.conf"
        head -c 60000 /dev/zero >"$conf/vhba/2101001b32a90003.conf"
        generate_soon
        [ -z "$(made)" ]
        [ "$(complaints)" = 3 ]
        run ! grep -qP '[^\x09\x20-\x7e]' <(tr -d '\n' <"$BATS_TEST_TMPDIR/stderr" | iconv -c -t ascii)
}

@test "symbolic links, directories, FIFOs and devices are skipped" {
        definition 2101001b32a90001
        ln -s 2101001b32a90001.conf "$conf/vhba/2101001b32a90002.conf"
        ln -s /dev/zero "$conf/vhba/2101001b32a90003.conf"
        mkdir "$conf/vhba/2101001b32a90004.conf"
        mkfifo "$conf/vhba/2101001b32a90005.conf"
        generate_soon
        [ "$(made)" = ./vhba@2101001b32a90001.service.d/50-npivot.conf ]
        [ "$(complaints)" = 4 ]
        [ "$(grep -c 'It is a symbolic link' "$BATS_TEST_TMPDIR/stderr")" = 2 ]
}

@test "files that others may write are skipped" {
        definition 2101001b32a90001
        chmod g+w "$conf/vhba/2101001b32a90001.conf"
        definition 2101001b32a90002
        chmod o+w "$conf/vhba/2101001b32a90002.conf"
        generate_soon
        [ -z "$(made)" ]
        [ "$(complaints)" = 2 ]
}

@test "files that are not root's are skipped" {
        ((UID == 0)) || skip "only root can give files away"
        definition 2101001b32a90001
        chown 65534 "$conf/vhba/2101001b32a90001.conf"
        generate_soon
        [ -z "$(made)" ]
        grep -q 'not owned by root' "$BATS_TEST_TMPDIR/stderr"
}

@test "thousands of junk names are skipped with a few words" {
        (cd "$conf/vhba" && for ((i = 0; i < 5000; i++)); do echo "junk$i.conf"; done | xargs touch)
        definition 2101001b32a90001
        generate_soon
        [ "$(made)" = ./vhba@2101001b32a90001.service.d/50-npivot.conf ]
        [ "$(complaints)" -le 25 ]
        grep -q '4980 more were skipped' "$BATS_TEST_TMPDIR/stderr"
}

@test "thousands of definitions are done within a second" {
        local i wwpn

        for ((i = 0; i < 5000; i++)); do
                printf -v wwpn '2101001b32%06x' "$i"
                definition "$wwpn" 'Parent=wwpn:21000024ff1a2b3c'
        done
        generate_soon
        [ "$(made | wc -l)" = 5000 ]
}

@test "an output directory that is missing, full or a file does not fail the boot" {
        definition 2101001b32a90001
        NPIVOT_CONFDIR=$conf run -0 "$generator" /nonexistent /nonexistent /nonexistent
        NPIVOT_CONFDIR=$conf run -0 "$generator" "$conf/vhba/2101001b32a90001.conf"
        touch "$out/vhba@2101001b32a90001.service.d"
        generate
        grep -q 'Cannot write the drop-in' "$BATS_TEST_TMPDIR/stderr"
}

@test "a directory of definitions that is none does not fail the boot" {
        rm -rf "$conf/vhba"
        touch "$conf/vhba"
        generate
        [ "$(complaints)" = 1 ]
}
