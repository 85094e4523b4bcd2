/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/scsi.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"
#include "lunwatch/path/wwid.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DEVICES_DIR "sys/bus/scsi/devices"

typedef char FileName[sizeof DEVICES_DIR + HCTL_STRING_MAX + 64];

static const char *name_file(const Hctl *hctl, const char *file, FileName ret) {
        HctlString text;

        (void) snprintf(ret, sizeof(FileName), DEVICES_DIR "/%s%s", hctl_format(hctl, text), file);
        return ret;
}

static dev_t read_generic(int device_fd) {
        unsigned major_number, minor_number;
        char name[64], file[96], value[32];

        if (attr_first_entry(device_fd, "scsi_generic", name, sizeof name) < 0)
                return 0;
        (void) snprintf(file, sizeof file, "scsi_generic/%.40s/dev", name);
        if (attr_read(device_fd, file, value, sizeof value) < 0 ||
            sscanf(value, "%u:%u", &major_number, &minor_number) != 2)
                return 0;

        return makedev(major_number, minor_number);
}

int scsi_read(int root_fd, const Hctl *hctl, ScsiDisk *ret) {
        _cleanup_close_ int fd = -EBADF;
        ScsiDisk disk = { .hctl = *hctl };
        FileName name;

        fd = openat(root_fd, name_file(hctl, "", name), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        if (attr_read(fd, "wwid", disk.wwid, sizeof disk.wwid) < 0)
                disk.wwid[0] = '\0';
        if (attr_read(fd, "state", disk.state, sizeof disk.state) < 0)
                disk.state[0] = '\0';
        if (attr_first_entry(fd, "block", disk.block, sizeof disk.block) < 0)
                disk.block[0] = '\0';
        disk.generic = read_generic(fd);

        *ret = disk;
        return 0;
}

bool scsi_exists(int root_fd, const Hctl *hctl) {
        FileName name;

        return faccessat(root_fd, name_file(hctl, "", name), F_OK, 0) >= 0;
}

int scsi_find_wwid(int root_fd, const char *wwid, Hctl *ret) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(root_fd, DEVICES_DIR, &dir);
        if (r < 0)
                return r;
        while ((entry = readdir(dir))) {
                char value[256];
                FileName name;

                if (hctl_parse(entry->d_name, ret) >= 0 &&
                    attr_read(root_fd, name_file(ret, "/wwid", name), value, sizeof value) >= 0 &&
                    wwid_equals(value, wwid))
                        return 0;
        }

        return -ENOENT;
}

int scsi_delete(int root_fd, const Hctl *hctl) {
        FileName name;

        return attr_write(root_fd, name_file(hctl, "/delete", name), "1");
}

int scsi_reread(int root_fd, const Hctl *hctl) {
        FileName name;

        return attr_write(root_fd, name_file(hctl, "/rescan", name), "1");
}

int scsi_scan(int root_fd, const Request *request) {
        char file[64], value[80];

        (void) snprintf(file, sizeof file, "sys/class/scsi_host/host%" PRIu32 "/scan",
                        request->host);
        (void) snprintf(value, sizeof value, "%s %s %s", request->scan[0], request->scan[1],
                        request->scan[2]);
        return attr_write(root_fd, file, value);
}
