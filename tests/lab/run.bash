# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Steps and tallies: what ./lab prints. Runs nothing of its own.

LAB_BEGIN=$SECONDS
PASSED=0
FAILED=0
SKIPPED=0
FAILURES=()

# A test that takes so long says so.
LONG_MSEC=10000

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
        BOLD=$'\e[1m' RED=$'\e[31m' GREEN=$'\e[32m' DIM=$'\e[2m' PLAIN=$'\e[0m'
else
        BOLD='' RED='' GREEN='' DIM='' PLAIN=''
fi

# step TITLE COMMAND...: runs it with its output in a log; shows the end of the log if it fails.
step() {
        local title=$1 log begin=$SECONDS
        log=$(tr -cs 'A-Za-z0-9' - <<<"$title")
        log=$LOG_DIR/${log%-}.log
        shift

        mkdir -p "$LOG_DIR"
        printf '%s==>%s %s … ' "$BOLD" "$PLAIN" "$title"
        if "$@" >"$log" 2>&1 </dev/null; then
                printf '%sdone%s in %d s\n' "$GREEN" "$PLAIN" $((SECONDS - begin))
                return 0
        fi
        printf '%sfailed%s after %d s\n' "$RED" "$PLAIN" $((SECONDS - begin))
        tail -n 40 "$log" >&2
        echo "lab: the whole log is $log" >&2
        return 1
}

tally_pass() {
        PASSED=$((PASSED + 1))
        printf '  %sok%s      %s\n' "$GREEN" "$PLAIN" "$1"
}

tally_fail() {
        FAILED=$((FAILED + 1))
        FAILURES+=("$1")
        printf '  %sFAILED%s  %s\n' "$RED" "$PLAIN" "$1"
}

# tally_skip TITLE REASON
tally_skip() {
        SKIPPED=$((SKIPPED + 1))
        printf '  %sskipped%s %s (%s)\n' "$DIM" "$PLAIN" "$1" "${2:-no reason given}"
}

# Reads TAP, tallies every test point, and prints what bats says of a failure below it.
tally_tap() {
        local line seen=0 plan=-1

        while IFS= read -r line; do
                case $line in
                1..*) plan=${line#1..} ;;
                'ok '*' # skip'*)
                        seen=$((seen + 1))
                        tally_skip "$(tap_title "${line%% # skip*}")" "${line#* # skip }"
                        ;;
                'ok '*)
                        seen=$((seen + 1))
                        tally_pass "$(tap_title "$line")"
                        ;;
                'not ok '*)
                        seen=$((seen + 1))
                        tally_fail "$(tap_title "${line#not }")"
                        ;;
                *) printf '          %s\n' "$line" ;;
                esac
        done
        # A runner that dies half-way must not look like success.
        [ "$plan" = "$seen" ] || tally_fail "only $seen of $plan tests reported (the runner ended early)"
}

# "ok 3 TITLE in 1234ms", as bats --timing has it: the title, and what took long
tap_title() {
        local title=${1#ok }

        title=${title#* }
        if [[ $title =~ ^(.*)\ in\ ([0-9]+)ms$ ]]; then
                title=${BASH_REMATCH[1]}
                ((BASH_REMATCH[2] < LONG_MSEC)) || title+=" ($((BASH_REMATCH[2] / 1000)) s)"
        fi
        echo "$title"
}

tally_end() {
        local failure

        printf '\n%d min %02d s\n' $(((SECONDS - LAB_BEGIN) / 60)) $(((SECONDS - LAB_BEGIN) % 60))
        if [ $FAILED -gt 0 ]; then
                printf '\nfailed:\n'
                for failure in "${FAILURES[@]}"; do printf '  %s\n' "$failure"; done
                printf '\n'
        fi
        printf '%d passed, %d failed, %d skipped\n' $PASSED $FAILED $SKIPPED
        [ $FAILED = 0 ]
}
