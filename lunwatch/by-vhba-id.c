/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Names a disk behind a Fibre Channel port for udev: which initiator, target and LUN number it is
 * seen through. Called for every such disk at boot, so it reads three attributes and ends; what is
 * made of the names is the rule's business (60-npivot-by-vhba.rules).
 */

#include "lunwatch/path/ports.h"

#include <fcntl.h>
#include <inttypes.h>

static int run(const char *devpath) {
        _cleanup_close_ int root_fd = -EBADF;
        DevPath where;
        Ports ports;
        int r;

        r = devpath_parse(devpath, &where);
        if (r < 0)
                return r;

        root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return -errno;
        r = ports_read(root_fd, &where, &ports);
        if (r < 0)
                return r;

        (void) printf("ID_NPIVOT_INITIATOR=%s\nID_NPIVOT_TARGET=%s\nID_NPIVOT_LUN=%" PRIu64 "\n",
                      WWN_STR(ports.initiator), WWN_STR(ports.target), where.hctl.lun);
        return fflush(stdout) == 0 ? 0 : -errno;
}

/* A disk that is not behind Fibre Channel, or no longer: no names and no words, udev goes on. */
int main(int argc, char *argv[]) {
        if (argc != 2) {
                (void) fprintf(stderr, "Usage: by-vhba-id DEVPATH\n"
                                       "For udev: see 60-npivot-by-vhba.rules.\n");
                return 2;
        }

        return run(argv[1]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
