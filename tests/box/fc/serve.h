/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The tree as a FUSE file system that behaves as sysfs: attributes of 4096 bytes, writes answered
 * by the store, nothing cached, nothing created or renamed from outside.
 */

#include <systemd/sd-event.h>

/* Mounts it and answers requests from the event loop, which ends when the mount does. */
int serve_mount(const char *mountpoint, sd_event *event);
