#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# npivot(1) with the real mirrord: a mirror that runs is watched, paused and told to be slower; what is
# said when the other host is away, the guest too fast, the user nobody.

# Constants of mirror.bash and target.bash, without blanks: $DIR, $PLACE, $SIZE.
# shellcheck disable=SC2086,SC1111,SC2153
bats_require_minimum_version 1.5.0
load lib
load mirror
load target
load npivot-mirror

@test "a mirror is paused, goes on, and is told to be slower" {
        source_disks
        start --id web --speed 1M
        wait_for 20 mirror_is web copying
        npivot mirror pause web
        [[ $(npivot mirror list) = *"copying (paused)"* ]]
        npivot mirror show web --json | jq -e '.paused and .speed_bytes_per_second == 1048576'
        npivot mirror resume web
        npivot mirror speed web 0
        run --separate-stderr npivot mirror wait web --timeout 30
        [ "$status" = 0 ]
        [ "$output" = "Mirror web is ready." ]
        npivot mirror abort web --wait
        npivot target abort web --wait
        wait_for 10 nothing_is_left
}

@test "a guest that writes faster than the channel is warned of, with what to do" {
        source_disks
        serve_source
        start --id web --speed 3000000 --converge no
        wait_for 20 mirror_is web copying
        begin_writer
        wait_for 60 will_not_converge web
        run --separate-stderr npivot mirror show web
        [ "$status" = 0 ]
        [[ $stderr = *"Mirror web will not converge"*"npivot mirror speed web 0 lifts its limit"* ]]
        in_box systemctl stop qemu-writer
        npivot mirror abort web --wait
}

will_not_converge() {
        [ "$(npivot mirror show "$1" --json | jq -r .convergence)" = will-not-converge ]
}

@test "on a terminal each disk has a bar, and Ctrl-C leaves the mirror alone" {
        source_disks
        start --id web --speed 1M
        wait_for 20 mirror_is web copying
        in_box systemd-run --quiet --unit qemu-watch sh -c "TERM=xterm script -qefc 'npivot mirror watch web' $DIR/pty </dev/null"
        wait_for 20 in_box grep -q '█' $DIR/pty
        in_box grep -q 'vda' $DIR/pty
        in_box sh -c "kill -INT \$(pgrep -f '^npivot mirror watch web')"
        wait_for 10 in_box grep -q 'No longer watched; mirror web goes on' $DIR/pty
        mirror_is web copying
        npivot mirror abort web --wait
}

# ssh: to this host, whatever it is called. To "deaf" the answer of Start is lost on the way, once it is there.
make_ssh() {
        in_box sh -c "mkdir -p /srv/bin; cat >/srv/bin/ssh; chmod +x /srv/bin/ssh" <<'EOF'
#!/usr/bin/env python3
import os, select, subprocess, sys
if 'deaf' not in sys.argv:
        os.execvp('systemd-stdio-bridge', ['systemd-stdio-bridge'])
bridge = subprocess.Popen(['systemd-stdio-bridge'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
seen = b''
while True:
        for fd in select.select([0, bridge.stdout.fileno()], [], [])[0]:
                data = os.read(fd, 65536)
                if not data or fd != 0 and b'Start\0' in seen:
                        sys.exit()
                if fd == 0:
                        seen += data
                        bridge.stdin.write(data)
                        bridge.stdin.flush()
                else:
                        os.write(1, data)
EOF
}

@test "the other host is asked over ssh, and named in what is said" {
        make_ssh
        source_disks
        run --separate-stderr in_box env PATH="/srv/bin:$PATH" npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web \
                --to root@there --disk "vda=vda:/nowhere/vda.raw,size=16M"
        [ "$status" = 1 ]
        [[ $stderr = *"Target web on root@there cannot be filled"*"npivot mirror gc -H root@there"* ]]
        no_target_is_left
        run --separate-stderr in_box env PATH="/srv/bin:$PATH" npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web \
                --to root@there --disk "vda=vda:$PLACE/vda.raw,size=16M" --wait
        [ "$status" = 0 ]
        [ "${lines[0]}" = "Mirror web has begun; it fills target web on root@there." ]
        [[ $stderr = *"npivot mirror switch web --wait, then npivot target commit web -H root@there"* ]]
        npivot mirror abort web --wait
}

@test "when the answer of start is lost, nothing is taken back" {
        make_ssh
        source_disks
        run --separate-stderr in_box env PATH="/srv/bin:$PATH" npivot mirror start -H deaf --to here --monitor $DIR/source.qmp \
                --address 127.0.0.1 --id web --disk "vda=vda:$PLACE/vda.raw,size=16M"
        [ "$status" = 1 ]
        [[ $stderr = *"Mirror web may have begun all the same: its target web was left as it is."*"npivot mirror show web -H deaf"*"npivot target abort web -H here"* ]]
        npivot mirror wait web
        npivot mirror switch web --wait
        npivot target commit web --wait
        in_box cmp $DIR/vda.source $PLACE/vda.raw
}

@test "a host that makes no disks in time is given up, and so is one that is interrupted" {
        source_disks
        # Nobody answers there: the target stays new.
        in_box systemctl stop mirror-storage.socket
        run --separate-stderr start --id web --timeout 1
        [ "$status" = 1 ]
        [[ $stderr = *"Target web is new still."*"Target web was removed again."* ]]
        in_box systemd-run --quiet --unit qemu-start npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id web \
                --disk "vda=vda:$PLACE/vda.raw,size=16M"
        wait_for 10 target_has_state web new
        in_box systemctl kill -s INT qemu-start
        wait_for 20 start_has_said "Mirror web was not begun: interrupted."
        wait_for 20 start_has_said "Target web was removed again."
        no_target_is_left
        in_box systemctl start mirror-storage.socket
        wait_for 10 nothing_is_left
}

target_has_state() {
        [ "$(npivot target show "$1" --json | jq -r .state)" = "$2" ]
}

start_has_said() {
        in_box journalctl -b --no-pager -u qemu-start | grep -qF "$1"
}

@test "nobody sees mirrors and targets, changes none, and is told who may" {
        local verb

        source_disks
        start --id web --wait
        in_box_as nobody npivot mirror list --json | jq -e '.mirrors | length == 1'
        in_box_as nobody npivot target list --json | jq -e '.targets | length == 1'
        for verb in "mirror switch" "mirror abort" "mirror pause" "target commit" "target abort" "target serve"; do
                # shellcheck disable=SC2086
                run --separate-stderr in_box_as nobody npivot $verb web
                [ "$status" = 1 ]
                [[ $stderr = *"polkit allow you org.npivot.mirror1.manage"* ]]
        done
        run --separate-stderr in_box_as nobody npivot mirror start --monitor $DIR/source.qmp --address 127.0.0.1 --id other \
                --disk "vda=vda:$PLACE/other.raw,size=16M"
        [ "$status" = 1 ]
        [[ $stderr = *"Cannot prepare target other"*"polkit allow you org.npivot.mirror1.manage"* ]]
        mirror_is web ready
        run ! in_box test -e $PLACE/other.raw
}

@test "what an aborted target could not remove is told and removed later" {
        source_disks
        npivot target prepare web --address 127.0.0.1 --disk "vda:$PLACE/vda.raw,size=16M" --wait
        in_box chattr +i $PLACE/vda.raw 2>/dev/null || skip "this file system has no immutable files"
        run npivot target abort web --wait
        [ "$status" = 1 ]
        npivot target forget web
        [[ $(npivot mirror gc) = *"web"*"file"*"$PLACE/vda.raw"* ]]
        in_box chattr -i $PLACE/vda.raw
        npivot mirror gc --remove
        wait_for 10 nothing_is_left
        [ "$(npivot mirror gc --json | jq -c .leftovers)" = "[]" ]
}
