/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * peer-sd-device: what a program does that follows disks with sd-device as its examples have it:
 * enumerates the disks and reads of each its SCSI device and ports, its size, WWID, states and
 * links, and keeps them. Prints how many were behind a remote port.
 */

#include "common/cleanup.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-device.h>

static const char *attribute(sd_device *device, const char *name) {
        const char *value;

        return sd_device_get_sysattr_value(device, name, &value) < 0 ? "" : value;
}

/* The length of all that was read, so that nothing can be left out. */
static size_t read_disk(sd_device *disk) {
        sd_device *scsi, *target, *host;
        const char *value, *sysname;
        size_t length = 0;

        if (sd_device_get_parent_with_subsystem_devtype(disk, "scsi", "scsi_device", &scsi) < 0 ||
            sd_device_get_sysname(scsi, &sysname) < 0)
                return 0;

        length += strlen(sysname) + strlen(attribute(disk, "size"));
        length += strlen(attribute(scsi, "wwid")) + strlen(attribute(scsi, "state"));
        for (const char *link = sd_device_get_devlink_first(disk); link;
             link = sd_device_get_devlink_next(disk))
                length += strlen(link);
        if (sd_device_get_property_value(disk, "ID_SERIAL", &value) >= 0)
                length += strlen(value);
        if (sd_device_get_parent(scsi, &target) >= 0 && sd_device_get_syspath(target, &value) >= 0)
                length += strlen(value);
        if (sd_device_get_parent_with_subsystem_devtype(disk, "scsi", "scsi_host", &host) >= 0 &&
            sd_device_get_syspath(host, &value) >= 0)
                length += strlen(value);

        return length;
}

int main(void) {
        _cleanup_(sd_device_enumerator_unrefp) sd_device_enumerator *enumerator = NULL;
        unsigned n = 0;

        if (sd_device_enumerator_new(&enumerator) < 0 ||
            sd_device_enumerator_allow_uninitialized(enumerator) < 0 ||
            sd_device_enumerator_add_match_subsystem(enumerator, "block", true) < 0)
                errx(1, "Cannot enumerate");

        for (sd_device *disk = sd_device_enumerator_get_device_first(enumerator); disk;
             disk = sd_device_enumerator_get_device_next(enumerator))
                n += read_disk(disk) > 0;

        (void) printf("%u\n", n);
        return 0;
}
