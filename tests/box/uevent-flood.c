/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * uevent-flood COUNT DEVPATH SUBSYSTEM DEVTYPE: sends that many "change" events to everybody who
 * listens to udev, as udevd does, and faster than udevd could. For tests of what happens to a
 * listener that does not keep up. Root, in the network namespace of the listener.
 */

#include "tests/scale/uevent.h"

#include <err.h>
#include <stdlib.h>

int main(int argc, char *argv[]) {
        unsigned long n;
        int fd;

        if (argc != 5)
                errx(2, "Usage: uevent-flood COUNT DEVPATH SUBSYSTEM DEVTYPE");

        n = strtoul(argv[1], NULL, 10);
        fd = uevent_open();
        for (unsigned long i = 0; i < n; i++)
                uevent_send(fd, &(Uevent){ .action = "change",
                                           .devpath = argv[2],
                                           .subsystem = argv[3],
                                           .devtype = argv[4],
                                           .seqnum = i + 1 });

        return 0;
}
