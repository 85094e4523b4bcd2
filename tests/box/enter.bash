# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Into a box that runs. Bash and nsenter, and no program more: tests ask their boxes thousands of times.

# box_enter STATE COMMAND...: becomes COMMAND, in the namespaces and in a cgroup of the box, as its own
# processes are. STATE: the box's directory.
box_enter() {
        local pid cgroup state=$1
        shift

        read -r pid 2>/dev/null <"$state/leader" || {
                echo "box: ${state##*/}: not running (box start ${state##*/})" >&2
                exit 1
        }
        cgroup=/proc/$pid/root/sys/fs/cgroup/box-run
        [ -d "$cgroup" ] || mkdir -p "$cgroup"
        echo "$BASHPID" >"$cgroup/cgroup.procs"
        exec nsenter -t "$pid" -a --wdns=/ -- env -i HOME=/root LANG=C.UTF-8 \
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
                SYSTEMD_DEVICE_VERIFY_SYSFS=0 SYSTEMD_PAGER='' TERM=dumb "$@"
}
