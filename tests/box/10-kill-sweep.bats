#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The kill sweep: that it kills where it says, and sees what is broken.

bats_require_minimum_version 1.5.0

load lib

setup_file() {
        box_require
        cat >"$BATS_FILE_TMPDIR/setup" <<'EOF'
root=$1
# A toy with two files that shall always say the same.
cat >"$root/usr/local/bin/pair" <<'X'
#!/bin/bash
echo "$1" >/var/lib/pair/now/a
echo "$1" >/var/lib/pair/now/b
X
cat >"$root/usr/local/bin/paird" <<'X'
#!/bin/bash
# Writes the pair, carelessly, whenever somebody asks on the fifo.
rm -f /run/paird
mkfifo /run/paird
exec 3<>/run/paird
systemd-notify --ready
while read -ru 3 value; do
        echo "$value" >/var/lib/pair/now/a
        echo "$value" >/var/lib/pair/now/b
        : >"/run/paird.done"
done
X
chmod +x "$root"/usr/local/bin/pair*
# Only whoever wants the pair written starts it; it may do very little besides.
cat >"$root/etc/systemd/system/pair.service" <<'X'
[Service]
Type=oneshot
ExecStart=/usr/local/bin/pair new
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=/var/lib/pair
SystemCallFilter=@system-service
X
cat >"$root/etc/systemd/system/paird.service" <<'X'
[Service]
Type=notify
NotifyAccess=all
ExecStart=/usr/local/bin/paird
Restart=on-failure
RestartSec=50ms
X
# Ends when it is told to.
cat >"$root/etc/systemd/system/briefd.service" <<'X'
[Service]
ExecStartPre=/bin/sh -c 'rm -f /run/briefd; mkfifo /run/briefd'
ExecStart=/bin/cat /run/briefd
X
EOF
        box_start --setup "$BATS_FILE_TMPDIR/setup"
}

setup() {
        # shellcheck disable=SC2154  # lib.bash has it
        reset="$(in_box_words) sh -c 'rm -rf /var/lib/pair; mkdir -p /var/lib/pair/now; echo old | tee /var/lib/pair/now/a >/var/lib/pair/now/b'"
        check="$(in_box_words) sh -c 'cmp /var/lib/pair/now/a /var/lib/pair/now/b'"
}

sweep() {
        "$box_here/kill-sweep" --box "$BOX_NAME" --reset "$reset" --check "$check" "$@"
}

@test "a careless writer is found" {
        run sweep --max 30 -- pair new
        echo "$output"
        [ "$status" = 1 ]
        [[ $output == *"not ok: killed at "*":"* ]]
        [[ ${lines[-1]} =~ ^30\ runs,\ [0-9]+\ killed,\ [1-9][0-9]*\ failed$ ]]
}

@test "a writer that does nothing to the pair passes" {
        run sweep -- true
        echo "$output"
        [ "$status" = 0 ]
        [[ ${lines[-1]} =~ ^[0-9]+\ runs,\ [1-9][0-9]*\ killed,\ 0\ failed$ ]]
}

@test "kills are sampled evenly, and no more than asked for" {
        run sweep --max 5 -- true
        [ "$status" = 0 ]
        [[ ${lines[-1]} =~ ^5\ runs ]]
}

@test "a command that does not end is a finding" {
        run sweep --timeout 1 --max 1 -- sleep infinity
        [ "$status" = 2 ]
        [[ $output == *"first run, without a kill, fails (124)"* ]]
}

@test "a check that always fails is no check" {
        check=false
        run sweep -- true
        [ "$status" = 2 ]
        [[ $output == *"fails without any kill"* ]]
}

@test "a daemon is killed at its system calls, and started anew" {
        # Asks again: what is in the fifo of a daemon that is killed goes with it.
        # shellcheck disable=SC2016  # expanded in the box
        run sweep --unit paird.service --max 8 -- \
                bash -c 'rm -f /run/paird.done; pid=$(systemctl show -P MainPID paird)
                        until [ -e /run/paird.done ] || [ ! -d "/proc/$pid" ]; do
                                echo new 1<>/run/paird
                                read -rt 0.01 <> <(:) || :
                        done'
        echo "$output"
        [ "$status" = 1 ]
        [[ ${lines[-1]} =~ ^[0-9]+\ runs,\ [1-9][0-9]*\ killed,\ [1-9][0-9]*\ failed$ ]]
        wait_for 10 in_box systemctl is-active --quiet paird
}

@test "a unit whose process comes to its end by itself is not taken for a killed one" {
        run sweep --unit briefd.service --max 6 -- sh -c 'echo 1<>/run/briefd; while systemctl -q is-active briefd; do :; done'
        echo "$output"
        [ "$status" = 0 ]
        [[ ${lines[-1]} =~ ^[0-9]+\ runs,\ [1-9][0-9]*\ killed,\ 0\ failed$ ]]
}

@test "a unit that is started in the course of things is killed from its first system call on, and left as it was" {
        run sweep --started pair.service --max 30 -- systemctl start pair
        echo "$output"
        [ "$status" = 1 ]
        [[ $output == *"not ok: killed at write:"* || $output == *"not ok: killed at openat:"* ]]
        [[ ${lines[-1]} =~ ^30\ runs,\ ([0-9]+)\ killed,\ [1-9][0-9]*\ failed$ ]]
        ((BASH_REMATCH[1] >= 25))
        run ! in_box sh -c "systemctl cat pair | grep strace"
}
