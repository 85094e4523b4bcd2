/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The relay of a disk as a unit: its file below /run/npivot/mirror/relay, starting and stopping it.
 * Knows the names, and that systemd does the rest.
 */

#include "mirrord/mirror.h"

#include <systemd/sd-bus.h>

#define RELAY_DIR "/run/npivot/mirror/relay"

typedef char RelayPath[sizeof RELAY_DIR + MIRROR_PART_MAX + 16];
const char *relay_control_path(const MirrorDisk *disk, RelayPath ret);
const char *relay_socket_path(const MirrorDisk *disk, RelayPath ret);

/* Writes its file, as root alone may read it. owner: QEMU's user. */
int relay_unit_write(const MirrorDisk *disk, uid_t owner);

/*
 * Asks systemd; the answer is that the job is queued, or an error. func may be NULL. slot: NULL for
 * an answer that may come at any time.
 */
int relay_unit_start(sd_bus *bus, const MirrorDisk *disk, sd_bus_message_handler_t func,
                     void *userdata, sd_bus_slot **slot);
/* The answer is an error when systemd has no such unit (any more). */
int relay_unit_find(sd_bus *bus, const MirrorDisk *disk, sd_bus_message_handler_t func,
                    void *userdata, sd_bus_slot **slot);
int relay_unit_stop(sd_bus *bus, const MirrorDisk *disk);

/* And its file. */
void relay_unit_remove(const MirrorDisk *disk);
