/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The only program of the mirror tests' guest: process 1 of an initramfs. Loads the modules that
 * are listed there, finds the disks, and then does what it is told on the serial line (command.h).
 * Its job ends with the power.
 */

#include "tests/guest/command.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>

static void say_errno(const char *what) {
        printf("# cannot %s: %s\n", what, strerror(errno));
        (void) fflush(stdout);
}

/* Raw, but for the line's end: nothing is echoed, and no answer is taken for a command. */
static int open_console(void) {
        struct termios termios;
        int fd;

        fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (tcgetattr(fd, &termios) < 0)
                return -errno;
        cfmakeraw(&termios);
        if (tcsetattr(fd, TCSANOW, &termios) < 0)
                return -errno;

        return dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ? -errno : 0;
}

static void load_module(const char *path) {
        _cleanup_close_ int fd = -EBADF;

        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
                say_errno(path);
}

static void load_modules(void) {
        _cleanup_(fclosep) FILE *list = NULL;
        char line[512];

        list = fopen("/modules.load", "re");
        if (!list) {
                say_errno("read /modules.load");
                return;
        }
        while (fgets(line, sizeof line, list)) {
                line[strcspn(line, "\n")] = '\0';
                load_module(line);
        }
}

/* A virtio disk is there as soon as its driver is: they probe while the module loads. */
static void find_disks(Guest *guest) {
        for (uint32_t i = 0; i < GUEST_DISKS_MAX; i++) {
                Disk *disk = guest->disks + guest->n_disks;
                char name[] = "vda", path[32];
                int fd;

                name[2] = (char) ('a' + i);
                (void) snprintf(path, sizeof path, "/dev/%s", name);
                fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
                if (fd < 0)
                        return;
                if (disk_init(disk, name, i + 1, fd) < 0 ||
                    writer_start(guest->writers + guest->n_disks, disk) < 0) {
                        printf("# %s cannot be used\n", name);
                        disk_done(disk);
                        continue;
                }
                guest->n_disks++;
        }
}

static void serve(Guest *guest) {
        char line[COMMAND_LINE_MAX];

        while (fgets(line, sizeof line, stdin)) {
                line[strcspn(line, "\r\n")] = '\0';
                if (command_run(guest, line, stdout))
                        return;
        }
}

int main(void) {
        static Guest guest;

        (void) mkdir("/dev", 0755);
        if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) < 0 && errno != EBUSY)
                return 1;
        if (open_console() < 0)
                return 1;
        load_modules();
        find_disks(&guest);
        printf("# ready, disks=%zu\n", guest.n_disks);
        (void) fflush(stdout);
        serve(&guest);

        return reboot(RB_POWER_OFF);
}
