/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Holders that /proc knows: mounts in every mount namespace, and open files.
 */

#include "common/file.h"
#include "common/holders-part.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define NAMESPACES_MAX 256

typedef struct Namespaces {
        ino_t seen[NAMESPACES_MAX];
        size_t n;
} Namespaces;

/* mountinfo writes blanks and backslashes as three octal digits. */
static void unescape(char *s) {
        char *to = s;

        for (const char *from = s; *from != '\0'; to++) {
                unsigned code;

                if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
                        *to = (char) code;
                        from += 4;
                } else
                        *to = *from++;
        }
        *to = '\0';
}

static int check_mount(Holders *holders, const HeldSet *set, const char *line) {
        unsigned major_number, minor_number;
        const HeldDevice *device;
        char where[PATH_MAX];

        if (sscanf(line, "%*d %*d %u:%u %*s %4095s", &major_number, &minor_number, where) != 3)
                return 0;
        device = held_set_find(set, makedev(major_number, minor_number), false);
        if (!device)
                return 0;

        unescape(where);
        return holders_add(holders, "mount", where, device->name, "%s is mounted on %s",
                           device->name, where);
}

int holders_find_mounts(Holders *holders, const HeldSet *set, const char *mountinfo) {
        _cleanup_(fclosep) FILE *file = NULL;
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        int r;

        file = fopen(mountinfo, "re");
        if (!file)
                return -errno;

        while (getline(&line, &size, file) >= 0) {
                r = check_mount(holders, set, line);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Those that have every disk open because it is their work; the kernel tells them when it goes. */
static bool is_housekeeper(const char *command) {
        static const char *const housekeepers[] = {
                "(udev-worker)",
                "multipathd",
                "systemd-udevd",
        };

        for (size_t i = 0; i < ARRAY_LEN(housekeepers); i++)
                if (strcmp(command, housekeepers[i]) == 0)
                        return true;

        return false;
}

static const HeldDevice *find_open(const HeldSet *set, int fd_dir_fd, const char *fd_name) {
        char target[PATH_MAX];
        struct statx st;
        ssize_t n;

        /* Sockets and the like have no path. No server is asked: a dead one would hold us up. */
        n = readlinkat(fd_dir_fd, fd_name, target, sizeof target - 1);
        if (n < 0)
                return NULL;
        target[n] = '\0';
        if (target[0] != '/' ||
            statx(fd_dir_fd, fd_name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &st) < 0 ||
            (!S_ISBLK(st.stx_mode) && !S_ISCHR(st.stx_mode)))
                return NULL;

        return held_set_find(set, makedev(st.stx_rdev_major, st.stx_rdev_minor),
                             S_ISCHR(st.stx_mode));
}

static int check_files(Holders *holders, const HeldSet *set, int process_fd, const char *pid) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        char command[64];
        int r;

        if (attr_read(process_fd, "comm", command, sizeof command) < 0 || is_housekeeper(command))
                return 0;
        if (dir_list(process_fd, "fd", &dir) < 0)
                return 0; /* gone, or not ours to see */

        while ((entry = readdir(dir))) {
                const HeldDevice *device = find_open(set, dirfd(dir), entry->d_name);

                if (!device)
                        continue;
                r = holders_add(holders, "process", pid, device->name, "%s (PID %s) has %s open",
                                command, pid, device->name);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* The first process of each namespace speaks for the others. */
static bool is_new_namespace(Namespaces *namespaces, int process_fd) {
        struct stat st;

        if (fstatat(process_fd, "ns/mnt", &st, 0) < 0)
                return false;
        for (size_t i = 0; i < namespaces->n; i++)
                if (namespaces->seen[i] == st.st_ino)
                        return false;
        if (namespaces->n < NAMESPACES_MAX)
                namespaces->seen[namespaces->n++] = st.st_ino;

        return true;
}

static int check_process(Holders *holders, const HeldSet *set, Namespaces *namespaces, int proc_fd,
                         const char *pid) {
        _cleanup_close_ int process_fd = -EBADF;
        int r;

        process_fd = openat(proc_fd, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (process_fd < 0)
                return 0;

        if (is_new_namespace(namespaces, process_fd)) {
                char mountinfo[64];

                (void) snprintf(mountinfo, sizeof mountinfo, "/proc/%.16s/mountinfo", pid);
                r = holders_find_mounts(holders, set, mountinfo);
                if (r == -ENOMEM)
                        return r;
                /* It has ended meanwhile: let the next process of the namespace speak. */
                if (r < 0 && namespaces->n > 0 && namespaces->n < NAMESPACES_MAX)
                        namespaces->n--;
        }

        return check_files(holders, set, process_fd, pid);
}

int holders_find_processes(Holders *holders, const HeldSet *set) {
        _cleanup_(closedirp) DIR *dir = NULL;
        Namespaces namespaces = { 0 };
        struct dirent *entry;
        int r;

        if (set->n == 0)
                return 0;
        dir = opendir("/proc");
        if (!dir)
                return -errno;

        while ((entry = readdir(dir))) {
                if (!isdigit((unsigned char) entry->d_name[0]) ||
                    strtol(entry->d_name, NULL, 10) == getpid())
                        continue;
                r = check_process(holders, set, &namespaces, dirfd(dir), entry->d_name);
                if (r < 0)
                        return r;
        }

        return 0;
}
