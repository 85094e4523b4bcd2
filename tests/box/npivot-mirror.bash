# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Constants of mirror.bash and target.bash, without blanks: $DIR, $LEDGER, $PLACE.
# shellcheck disable=SC2086,SC2153
#
# What tests of npivot(1) with the real mirrord have in common. Both hosts are this one, their daemon
# is the same. Needs lib.bash, mirror.bash and target.bash.

setup_file() {
        command -v qemu-storage-daemon >/dev/null || return 0
        box_start --destdir "$(npivot_destdir)"
}

setup() {
        command -v qemu-storage-daemon >/dev/null || skip "qemu-storage-daemon is not installed"
        begin_targets
}

teardown() {
        [ -n "${BATS_TEST_COMPLETED:-}" ] || in_box journalctl -b --no-pager -n 60 -u mirrord -u 'mirror-*' >&2 || true
        in_box sh -c "systemctl stop 'qemu-*' mirrord 'mirror-relay@*' 'mirror-verify@*' 'mirror-target@*'; systemctl reset-failed; rm -rf $LEDGER" 2>/dev/null || true
}

npivot() {
        in_box npivot "$@"
}

# start OPTION...: a mirror of both disks, raw and qcow2
start() {
        npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --disk "vda=vda:$PLACE/vda.raw,size=16M" \
                --disk "vdb=vdb:$PLACE/vdb.qcow2,size=16M,format=qcow2" "$@"
}

mirror_is() {
        [ "$(npivot mirror show "$1" --json | jq -r .state)" = "$2" ]
}

copies_are_same() {
        in_box qemu-img compare -f raw -F raw $DIR/vda.source $PLACE/vda.raw
        in_box qemu-img compare -f raw -F qcow2 $DIR/vdb.source $PLACE/vdb.qcow2
}

no_target_is_left() {
        [ "$(npivot target list --json | jq -c .targets)" = "[]" ]
}
