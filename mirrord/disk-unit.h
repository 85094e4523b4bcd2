/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What runs apart for a disk of a mirror, as a unit each with a file below /run/npivot/mirror: its
 * relay and its verifier. Knows the names, and that systemd does the rest.
 */

#include "mirrord/mirror.h"

#include <systemd/sd-bus.h>

typedef enum DiskUnit {
        UNIT_RELAY,    /* mirror-relay@ */
        UNIT_VERIFIER, /* mirror-verify@ */
        _DISK_UNIT_MAX,
} DiskUnit;

#define DISK_UNIT_ROOT "/run/npivot/mirror"
typedef char DiskUnitPath[sizeof DISK_UNIT_ROOT + MIRROR_PART_MAX + 24];

/* "/run/npivot/mirror/relay/7-vda.conf"; the suffix has no dot. */
const char *disk_unit_path(DiskUnit unit, const MirrorDisk *disk, const char *suffix,
                           DiskUnitPath ret);

/* The lines about TLS in the file of a relay or a verifier. certificates: NULL, key: "": none. */
void disk_unit_print_tls(FILE *f, const char *certificates, const char *peer_name, const char *key);

/* Writes its .conf, as root alone may read it. */
int disk_unit_write(DiskUnit unit, const MirrorDisk *disk, const char *text, size_t size);

/*
 * Asks systemd; the answer is that the job is queued, or an error. func may be NULL. slot: NULL for
 * an answer that may come at any time.
 */
int disk_unit_start(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk,
                    sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot);
/* The answer is an error when systemd has no such unit (any more). */
int disk_unit_find(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk,
                   sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot);
int disk_unit_stop(DiskUnit unit, sd_bus *bus, const MirrorDisk *disk);

/* Its files, those of one that was killed among them. */
void disk_unit_remove(DiskUnit unit, const MirrorDisk *disk);
