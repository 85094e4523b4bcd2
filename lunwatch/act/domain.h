/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which virtual machine is a process? From its cgroup, as machined, libvirt, Proxmox and our own
 * domain@.service name them, else from QEMU's own arguments.
 */

#include <stddef.h>

#define DOMAIN_NAME_MAX 256

/*
 * From /proc/PID/cgroup: "…/machine-qemu\x2d3\x2dweb.scope" is "web", "…/domain@web.service" is
 * "web", "…/qemu.slice/104.scope" is "104". -ENOENT when it is the cgroup of no domain.
 */
int domain_of_cgroup(const char *cgroup, char ret[static DOMAIN_NAME_MAX]);

/*
 * From /proc/PID/cmdline, with the NULs: "-name guest=web,…" or "-name web,…". -ENOENT when it has
 * none.
 */
int domain_of_cmdline(const char *cmdline, size_t size, char ret[static DOMAIN_NAME_MAX]);

/* Both, of a process that is there. */
int domain_of_process(int root_fd, const char *pid, char ret[static DOMAIN_NAME_MAX]);
