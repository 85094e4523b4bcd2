/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/signature.h"

#include "common/cleanup.h"

#include <blkid.h>
#include <fcntl.h>
#include <stdbool.h>

static bool take_value(blkid_probe probe, const char *name, char ret[static SIGNATURE_MAX]) {
        const char *value;

        ret[0] = '\0';
        if (blkid_probe_lookup_value(probe, name, &value, NULL) < 0)
                return false;

        (void) snprintf(ret, SIGNATURE_MAX, "%s", value);
        return true;
}

static int probe_chains(blkid_probe probe) {
        if (blkid_probe_enable_superblocks(probe, 1) < 0 ||
            blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
                                                             BLKID_SUBLKS_MAGIC) < 0 ||
            blkid_probe_enable_partitions(probe, 1) < 0)
                return -EIO;

        switch (blkid_do_safeprobe(probe)) {
        case 0:
                return 0;
        case 1:
                return -ENODATA;
        case -2:
                return -ENOTUNIQ;
        default:
                return errno > 0 ? -errno : -EIO;
        }
}

int signature_read(const char *node, char type[static SIGNATURE_MAX],
                   char label[static SIGNATURE_MAX]) {
        _cleanup_close_ int fd = -EBADF;
        blkid_probe probe;
        int r;

        fd = open(node, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        probe = blkid_new_probe();
        if (!probe)
                return -ENOMEM;

        errno = 0;
        r = blkid_probe_set_device(probe, fd, 0, 0) < 0 ? -EIO : probe_chains(probe);
        if (r >= 0 && !take_value(probe, "TYPE", type) && !take_value(probe, "PTTYPE", type))
                r = -ENODATA;
        if (r >= 0)
                (void) take_value(probe, "LABEL", label);
        blkid_free_probe(probe);
        return r;
}
