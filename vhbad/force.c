/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/force.h"
#include "common/cleanup.h"
#include "common/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_DIR "/run/npivot"

int force_mark(Wwn wwpn) {
        _cleanup_close_ int parent_fd = -EBADF, dir_fd = -EBADF, fd = -EBADF;
        char name[WWN_STRING_LEN + sizeof ".force"];

        parent_fd = dir_open(RUN_DIR, true, 0755);
        if (parent_fd < 0)
                return parent_fd;
        dir_fd = dir_open(RUN_DIR "/vhba", true, 0755);
        if (dir_fd < 0)
                return dir_fd;

        (void) snprintf(name, sizeof name, "%s.force", WWN_STR(wwpn));
        fd = openat(dir_fd, name, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;

        /* One that is there already counts from now. */
        return futimens(fd, NULL) < 0 ? -errno : 0;
}

int force_clear(Wwn wwpn) {
        char path[sizeof RUN_DIR + WWN_STRING_LEN + sizeof "/vhba/.force"];

        (void) snprintf(path, sizeof path, RUN_DIR "/vhba/%s.force", WWN_STR(wwpn));
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}
