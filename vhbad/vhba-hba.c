/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * vhba-hba: waits until the driver has told the port name of an HBA, then has udev look at it
 * again, which gives it its device unit. Run by vhba-hba@.service for drivers that announce the
 * host first.
 */

#include "common/file.h"
#include "common/log.h"
#include "vhbad/fc.h"
#include "vhbad/wait.h"

#include <fcntl.h>
#include <string.h>

#define TIMEOUT_USEC (300 * UINT64_C(1000000))

/* A host that is listed has a port name. */
static int find_host(const char *name, FcHost *ret) {
        _cleanup_free_ FcHost *hosts = NULL;
        size_t n;
        int r;

        r = fc_host_list(&hosts, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                if (strcmp(hosts[i].name, name) == 0) {
                        *ret = hosts[i];
                        return 0;
                }

        return -ENOENT;
}

static int trigger(const FcHost *host) {
        _cleanup_close_ int fd = -EBADF;

        fd = open(host->syspath, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        return attr_write(fd, "uevent", "change");
}

static int run(int argc, char *argv[]) {
        Wait wait = { 0 };
        FcHost host;
        int r;

        log_open("vhba-hba", LOG_TO_AUTO);
        if (argc != 2) {
                (void) fputs("usage: vhba-hba HOST\n", stderr);
                return EXIT_FAILURE;
        }

        r = wait_init(&wait, TIMEOUT_USEC);
        if (r < 0) {
                (void) log_error_errno(r, "Cannot wait: %m");
                return EXIT_FAILURE;
        }
        do
                r = find_host(argv[1], &host);
        while (r == -ENOENT && wait_next(&wait) > 0);
        if (wait.is_stopped)
                return EXIT_SUCCESS;

        if (r >= 0)
                r = trigger(&host);
        if (r < 0) {
                (void) log_error_errno(r, "HBA %s has no port name: %m", argv[1]);
                return EXIT_FAILURE;
        }

        return EXIT_SUCCESS;
}

int main(int argc, char *argv[]) {
        return run(argc, argv);
}
