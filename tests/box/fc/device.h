/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * A kernel device: its directory with uevent, subsystem and device links, its links from class,
 * bus and dev, its node in /dev, and its uevents. The attributes are its owner's.
 */

#include <stdbool.h>

#include "tree.h"

typedef struct Device Device;

typedef struct DeviceSpec {
        const char *name;
        const char *subsystem; /* NULL: a bare device, which the kernel keeps quiet about */
        bool on_bus;           /* subsystem is a bus, not a class */
        const char *env;       /* lines of the uevent attribute, less DEVNAME, MAJOR, MINOR */
        const char *devname;   /* NULL: no node in /dev */
        bool is_block;
        unsigned minor;
} DeviceSpec;

/*
 * Where device nodes are made (a directory fd), and their major number. Nobody else may have that
 * major: nodes that led to devices of the host would be the end of its data.
 */
void device_set_nodes(int dev_fd, unsigned major);

/* Makes the directory and links below parent. Nobody hears of it before device_announce(). */
Device *device_new(Node *parent, const DeviceSpec *spec);

Node *device_dir(const Device *device);

/* The name of the driver bound to it, as link and in the uevents. */
void device_bind(Device *device, const char *driver);

void device_announce(const Device *device, const char *action);

/* A "change" with more lines, such as "SDEV_UA=…\n". */
void device_announce_change(const Device *device, const char *more);

/* Takes links and node away, says "remove", and takes the rest away. NULL is allowed. */
Device *device_remove(Device *device);
