/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Events as udevd sends them to everybody who listens to it, but without udevd: a test can send
 * more of them than any udevd could, about devices that are not there. Root, in the network
 * namespace of the listener. Any failure ends the program.
 */

#include <stdint.h>

typedef struct Uevent {
        const char *action, *devpath, *subsystem, *devtype;
        const char *devname; /* NULL: none, and no numbers */
        uint32_t major, minor;
        uint64_t seqnum;
} Uevent;

int uevent_open(void);

/* A listener whose buffer is full loses it, and nobody is told. */
void uevent_send(int fd, const Uevent *event);
