# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# The test suites of ./lab test, quickest first: what runs each of them, and how its results are
# counted.

SUITES=(lint unit sanitize bats mirror scale box fabric fuzz)

# What runs beside others, by the name of its log.
declare -A BESIDE

is_suite() {
        [[ " ${SUITES[*]} " = *" $1 "* ]]
}

run_suite() {
        local begin=$SECONDS cpu
        cpu=$(processor_seconds)

        printf '%s==>%s %s\n' "$BOLD" "$PLAIN" "$1: $("about_$1")"
        "suite_$1"
        printf '    %s\n' "$1 took $((SECONDS - begin)) s, and meanwhile processors $(($(processor_seconds) - cpu)) s"
}

# processor_seconds: what all processors together have worked since the machine was booted
processor_seconds() {
        awk -v hz="$(getconf CLK_TCK)" '$1 == "cpu" { printf "%d\n", ($2 + $3 + $4 + $7 + $8) / hz }' /proc/stat
}

# build DIR [MESON OPTION...]
build() {
        local dir=$1
        shift

        if [ -e "$dir/build.ninja" ]; then
                meson compile -C "$dir"
        else
                meson setup "$dir" "$SOURCE_DIR" "$@" && meson compile -C "$dir"
        fi
}

# build_for SUITE DIR [MESON OPTION...]: the programs of its tests, and no more
build_for() {
        local suite=$1 dir=$2 programs
        shift 2

        [ -e "$dir/build.ninja" ] || meson setup "$dir" "$SOURCE_DIR" "$@" || return
        mapfile -t programs < <(meson introspect --tests "$dir" |
                jq -r --arg suite ":$suite" --arg dir "$dir/" \
                        '.[] | select(any(.suite[]; endswith($suite))) | .cmd[] | ltrimstr($dir) | select(startswith("tests/"))')
        [ ${#programs[@]} -gt 0 ] && ninja -C "$dir" "${programs[@]}"
}

# meson_suite DIR SUITE: one line a test, and the output of those that fail.
meson_suite() {
        local dir=$1 suite=$2 name result rc=0 log=$LOG_DIR/meson-$2.log
        local before=$FAILED told=$((PASSED + FAILED + SKIPPED))

        rm -f "$dir/meson-logs/testlog.json"
        meson test -C "$dir" --suite "$suite" --no-rebuild >"$log" 2>&1 </dev/null || rc=$?
        if [ ! -s "$dir/meson-logs/testlog.json" ]; then
                tail -n 20 "$log"
                tally_fail "$suite: meson ran no test"
                return
        fi
        while IFS=$'\t' read -r name result; do
                case $result in
                OK) tally_pass "$name" ;;
                SKIP) tally_skip "$name" "$(meson_output "$dir" "$name" | sed -n 's/^skip: //p' | tail -n 1)" ;;
                *)
                        tally_fail "$name ($result)"
                        meson_output "$dir" "$name" | tail -n 40 | sed 's/^/          /'
                        ;;
                esac
        done < <(jq -r '[(.name | sub("^.* / "; "")), .result] | @tsv' "$dir/meson-logs/testlog.json")
        # A runner that dies half-way must not look like success.
        if [ $((PASSED + FAILED + SKIPPED)) = "$told" ] || { [ $rc != 0 ] && [ "$FAILED" = "$before" ]; }; then
                tally_fail "$suite: meson ended early (status $rc), see $log"
        fi
}

meson_output() {
        jq -j --arg name "$2" \
                'select((.name | sub("^.* / "; "")) == $name) | (.stdout // "") + (.stderr // "")' \
                "$1/meson-logs/testlog.json"
}

# tap COMMAND...: tallies in this shell (a pipe's right side would be a subshell).
tap() {
        tally_tap < <("$@" 2>&1 </dev/null)
}

# What box and fabric boot, made once a machine: mostly waits for Debian's mirror, so it is begun first.
begin_images() {
        local images=()

        [[ " ${WANTED[*]} " != *" box "* ]] || images+=(tests/guest/image tests/guest/qemu10)
        [[ " ${WANTED[*]} " != *" fabric "* ]] || images+=(tests/fabric/image)
        for image in "${images[@]}"; do "$SOURCE_DIR/$image"; done >"$LOG_DIR/images.log" 2>&1 </dev/null &
        IMAGES_PID=$!
}

# image TITLE SCRIPT: once more, which says what is wrong if it could not be made before
image() {
        wait "$IMAGES_PID" 2>/dev/null || true # maybe waited for already
        step "$1" "$SOURCE_DIR/$2"
}

about_lint() { echo "format, includes, units, man pages, XML against what is served"; }
suite_lint() { meson_suite "$BUILD_DIR" lint; }

about_unit() { echo "modules and bus objects, in process"; }
suite_unit() {
        [[ " ${WANTED[*]} " != *" bats "* ]] || begin_bats
        meson_suite "$BUILD_DIR" unit
}

about_sanitize() { echo "the unit tests again, with AddressSanitizer and UBSan"; }
suite_sanitize() {
        step "building with sanitizers" build_for unit "$BUILD_DIR-asan" -Db_sanitize=address,undefined -Doptimization=1 ||
                { tally_fail "sanitize: build"; return; }
        meson_suite "$BUILD_DIR-asan" unit
}

about_bats() { echo "programs and generators, alone"; }
suite_bats() {
        begin_bats
        wait "${BESIDE[bats]}" || true
        tap cat "$LOG_DIR/bats.tap"
}

# Once: unit tests leave half a processor, and a build its last minute.
begin_bats() {
        [ -n "${BESIDE[bats]:-}" ] || beside bats "$SOURCE_DIR"/tests/bats/*.bats
}

about_mirror() { echo "mirrors between real QEMU block layers"; }
suite_mirror() {
        # Guests under TCG have one core nearly for themselves until box comes.
        [[ " ${WANTED[*]} " != *" box "* ]] || begin_guests || true
        tap bats --timing --tap "$SOURCE_DIR"/tests/mirror/*.bats
}

about_scale() { echo "lunwatch at 20,000 paths: storms, kills, every answer compared with sysfs"; }
suite_scale() { tap env KILL_SECONDS=60 "$SOURCE_DIR/tests/scale/run-bats" --timing --tap "$SOURCE_DIR"/tests/scale/*.bats; }

about_box() { echo "a real systemd, bus, udev and polkit; a synthetic FC sysfs"; }
suite_box() {
        local why files file name log box=$SOURCE_DIR/tests/box

        if ! why=$("$box/box" check 2>&1); then
                tally_skip "box" "$why"
                return
        fi
        begin_guests || { tally_fail "box: the guest of the mirrors, or QEMU 10"; return; }
        [[ " ${WANTED[*]} " != *" fabric "* ]] || begin_fabric || true
        # Many wait, for time-outs of vports and for mirrors: three are run beside each other, longest first.
        mapfile -t files < <(printf '%s\n' "$box"/*.bats | grep -vE '/6[23]-')
        for name in 12-vhba-port 16-vhbad-kill 15-vhbad 64-mirror-others 69-target-kill 64-mirror-job 61-mirror-target 22-guard; do
                beside_others "$box/$name.bats"
        done
        for file in "${files[@]}"; do
                [ -e "$LOG_DIR/box-$(basename "$file" .bats).tap" ] || beside_others "$file"
        done
        for name in "${!BESIDE[@]}"; do
                [[ $name != box-* ]] || wait "${BESIDE[$name]}" || true
        done
        for log in "$LOG_DIR"/box-*.tap; do tap cat "$log"; done
}

# beside_others FILE: once fewer than three run
beside_others() {
        while [ "$(running_beside)" -ge 3 ]; do wait -n || true; done
        beside "box-$(basename "$1" .bats)" "$1"
}

running_beside() {
        jobs -rp | grep -cxF "$(printf '%s\n' "${BESIDE[@]}")"
}

# Once: the tests with guests, which take longest.
begin_guests() {
        [ -z "${HAS_GUESTS:-}" ] || return 0
        "$SOURCE_DIR/tests/box/box" check >/dev/null 2>&1 || return 0
        rm -f "$LOG_DIR"/box-*.tap "$LOG_DIR"/fabric.tap
        image "the guest of the mirrors" tests/guest/image && image "QEMU 10" tests/guest/qemu10 || return
        HAS_GUESTS=yes
        beside box-guest "$SOURCE_DIR"/tests/box/62-*.bats
        beside box-guest-10 "$SOURCE_DIR"/tests/box/63-*.bats
}

# beside NAME FILE...: in the background, into a log that is counted afterwards
beside() {
        bats --timing --tap "${@:2}" >"$LOG_DIR/$1.tap" 2>&1 </dev/null &
        BESIDE[$1]=$!
}

about_fabric() { echo "virtual hosts with the kernel's FC stack on a software switch"; }
suite_fabric() {
        begin_fabric || { tally_fail "fabric: image"; return; }
        wait "${BESIDE[fabric]}" || true
        tap cat "$LOG_DIR/fabric.tap"
}

# Once: virtual hosts wait for time-outs of the fabric half of the time, which boxes can use.
begin_fabric() {
        [ -z "${BESIDE[fabric]:-}" ] || return 0
        image "the virtual machines' image" tests/fabric/image || return
        beside fabric "$SOURCE_DIR"/tests/fabric/*.bats
        [[ " ${WANTED[*]} " != *" fuzz "* ]] || begin_fuzz
}

# Alone, tests/fuzz/run takes four times as long for each.
fuzz() {
        "$SOURCE_DIR/tests/fuzz/run" --tap -t 15 -n 1000000
}

# In the time that virtual hosts leave.
begin_fuzz() {
        fuzz >"$LOG_DIR/fuzz.tap" 2>&1 </dev/null &
        FUZZ_PID=$!
        chrt --idle -p 0 $FUZZ_PID >/dev/null
}

about_fuzz() { echo "every parser of foreign text, a million inputs or 15 s each"; }
suite_fuzz() {
        if [ -n "${FUZZ_PID:-}" ]; then
                wait "$FUZZ_PID"
                tap cat "$LOG_DIR/fuzz.tap"
        else
                tap fuzz
        fi
}
