/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Stands in for udev's scsi_id in a box, where a disk cannot be asked by ioctl(2): the same output
 * for "--export … -d /dev/NAME", from the wwid in sysfs. udev's own rules stay as they are.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

int main(int argc, char *argv[]) {
        char path[256], wwid[128];
        const char *name, *value;
        _cleanup_(fclosep) FILE *f = NULL;

        name = argc > 1 ? strrchr(argv[argc - 1], '/') : NULL;
        if (!name)
                return EXIT_FAILURE;

        (void) snprintf(path, sizeof path, "/sys/class/block%s/device/wwid", name);
        f = fopen(path, "re");
        if (!f || !fgets(wwid, sizeof wwid, f))
                return EXIT_FAILURE;

        wwid[strcspn(wwid, "\n")] = '\0';
        value = strchr(wwid, '.');
        if (!value++)
                return EXIT_FAILURE;

        printf("ID_SCSI=1\nID_VENDOR=NPIVOT\nID_MODEL=BOX_DISK\nID_REVISION=0001\nID_TYPE=disk\n");
        printf("ID_SERIAL=%c%s\nID_SERIAL_SHORT=%s\n",
               wwid[0] == 'n'   ? '3'
               : wwid[0] == 'e' ? '2'
                                : '1',
               value, value);
        if (wwid[0] == 'n') {
                printf("ID_WWN=0x%.16s\n", value);
                if (strlen(value) > 16)
                        printf("ID_WWN_VENDOR_EXTENSION=0x%s\n", value + 16);
                printf("ID_WWN_WITH_EXTENSION=0x%s\n", value);
        }
        printf("ID_SCSI_SERIAL=%s\n", value);
        return EXIT_SUCCESS;
}
