/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vport-holders.h"

#include "common/cleanup.h"
#include "vhbad/lun.h"

#include <string.h>

int vport_holders_find(const char *scsi_host, Holders *ret) {
        _cleanup_free_ HolderDisk *disks = NULL;
        _cleanup_free_ LunPath *paths = NULL;
        size_t n = 0;
        int r;

        if (scsi_host[0] != '\0') {
                r = lun_path_list(scsi_host, &paths, &n);
                if (r < 0)
                        return r;
        }
        disks = calloc(n + 1, sizeof *disks);
        if (!disks)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                (void) strcpy(disks[i].block, paths[i].block);
                (void) strcpy(disks[i].name, paths[i].name);
                disks[i].generic = paths[i].generic;
        }

        return holders_find(disks, n, ret);
}
