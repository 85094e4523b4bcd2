/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/vport.h"

#include "common/cleanup.h"
#include "vhbad/definition.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

/*
 * Paths are the resolved ones below /sys/devices: the sandbox of vhba@.service makes only that
 * writable, and symlinks below /sys/class do not help there.
 */
static int write_attribute(const char *device, const char *name, const void *value, size_t size) {
        _cleanup_close_ int dir_fd = -EBADF, fd = -EBADF;
        ssize_t n;

        dir_fd = open(device, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd < 0)
                return errno == ENOENT ? -ENODEV : -errno;
        fd = openat(dir_fd, name, O_WRONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        /* Never a second time, whatever the first one says: the kernel may have acted on it. */
        n = write(fd, value, size);
        if (n < 0)
                return -errno;

        return (size_t) n == size ? 0 : -EIO;
}

static int write_names(const char *device, const char *name, Wwn wwpn, Wwn wwnn) {
        char names[2 * WWN_STRING_LEN + 2];

        (void) snprintf(names, sizeof names, "%s:%s", WWN_STR(wwpn), WWN_STR(wwnn));
        return write_attribute(device, name, names, strlen(names));
}

int vport_create(const FcHost *parent, Wwn wwpn, Wwn wwnn) {
        return write_names(parent->syspath, "vport_create", wwpn, wwnn);
}

/* By name on the parent and not through the vport's own attribute: that one has no answer. */
int vport_delete(const FcVport *vport) {
        char class_path[64], parent[PATH_MAX];

        (void) snprintf(class_path, sizeof class_path, "/sys/class/fc_host/%s", vport->parent);
        if (!realpath(class_path, parent))
                return errno == ENOENT ? -ENODEV : -errno;

        return write_names(parent, "vport_delete", vport->port_name, vport->node_name);
}

/* The kernel copies what it gets and ends nothing: zeroes to the end, or an old name shines out. */
int vport_set_symbolic_name(const FcVport *vport, const char *name) {
        char value[SYMBOLIC_NAME_MAX] = { 0 };
        size_t length = strlen(name);

        if (length > sizeof value)
                return -EINVAL;
        memcpy(value, name, length);

        return write_attribute(vport->syspath, "symbolic_name", value, sizeof value);
}
