/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/reader.h"

#include "common/file.h"
#include "lunwatch/path/attr.h"
#include "lunwatch/path/vpd.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define DEVICES_DIR "sys/bus/scsi/devices"

int reader_open(Reader *reader, const char *root) {
        int fd;

        fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;

        *reader = (Reader){ .root_fd = fd };
        return 0;
}

void reader_done(Reader *reader) {
        closep(&reader->root_fd);
        reader->root_fd = -EBADF;
}

void reader_forget_ports(Reader *reader) {
        reader->has_ports = false;
}

int reader_read_state(Reader *reader, const Hctl *hctl, PathState *ret) {
        char file[sizeof DEVICES_DIR + HCTL_STRING_MAX + 8], value[ATTR_MAX];
        HctlString name;
        ssize_t n;

        (void) snprintf(file, sizeof file, DEVICES_DIR "/%s/state", hctl_format(hctl, name));
        n = attr_read(reader->root_fd, file, value, sizeof value);
        if (n < 0)
                return (int) n;

        *ret = path_state_parse(value);
        return 0;
}

static int read_ports(Reader *reader, const DevPath *where) {
        int r;

        if (reader->has_ports && reader->ports.transport == where->transport &&
            memcmp(&reader->ports.rport, &where->rport, sizeof where->rport) == 0)
                return 0;

        r = ports_read(reader->root_fd, where, &reader->ports);
        reader->has_ports = r >= 0;
        return r;
}

/* Disks, optical and other block kinds of SPC; the rest (enclosures, tapes, …) never gets one. */
static bool kind_has_disk(uint64_t type) {
        return type == 0x00 || type == 0x04 || type == 0x05 || type == 0x07 || type == 0x0e ||
               type == 0x14;
}

/* "sg12" */
static uint32_t read_sg(int fd) {
        char name[16] = "";
        unsigned number;
        char rest;

        if (attr_first_entry(fd, "scsi_generic", name, sizeof name) < 0 ||
            sscanf(name, "sg%u%c", &number, &rest) != 1)
                return UINT32_MAX;

        return number;
}

static uint32_t read_group(int fd) {
        uint8_t page[VPD_PAGE_MAX];
        _cleanup_close_ int file = -EBADF;
        uint32_t group = UINT32_MAX;
        ssize_t n;

        file = openat(fd, "vpd_pg83", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (file < 0)
                return UINT32_MAX;
        n = read(file, page, sizeof page);
        if (n > 0)
                (void) vpd_find_port_group(page, (size_t) n, &group);

        return group;
}

/* Without ALUA's handler there is no state, and nobody asks for groups. */
static void read_access(int fd, Path *fields) {
        char value[ATTR_MAX];

        fields->access = ACCESS_UNKNOWN;
        fields->group = UINT32_MAX;
        if (attr_read(fd, "access_state", value, sizeof value) < 0)
                return;

        fields->access = path_access_parse(value);
        fields->group = read_group(fd);
}

static int read_device(Reader *reader, int fd, Path *fields, Path **ret) {
        char state[ATTR_MAX], wwid[ATTR_MAX] = "";
        Disk *disk = &reader->disk;
        uint64_t type = 0;
        ssize_t n;
        int r;

        n = attr_read(fd, "state", state, sizeof state);
        if (n < 0)
                return (int) n;
        fields->state = path_state_parse(state);

        /* A device that tells no WWID has the attribute all the same: -EINVAL. */
        n = attr_read(fd, "wwid", wwid, sizeof wwid);
        if (n < 0 && n != -EINVAL && !attr_is_gone((int) n))
                return (int) n;
        if (n < 0)
                wwid[0] = '\0';

        fields->sg_number = read_sg(fd);
        read_access(fd, fields);
        r = disk_read(reader->root_fd, fd, disk);
        if (r < 0)
                return r;
        fields->size_bytes = disk->size_bytes;
        fields->major = disk->major;
        fields->minor = disk->minor;

        r = path_new(fields, disk->name, wwid, disk->udev.links, disk->udev.n_links, ret);
        if (r < 0)
                return r;

        if (disk->name[0])
                return disk->udev.is_initialized ? READER_PATH : READER_WAIT;
        return attr_read_number(fd, "type", &type) >= 0 && kind_has_disk(type) ? READER_BARE
                                                                               : READER_PATH;
}

int reader_read(Reader *reader, const DevPath *where, Path **ret) {
        char dir[sizeof DEVICES_DIR + HCTL_STRING_MAX + 1];
        _cleanup_close_ int fd = -EBADF;
        HctlString name;
        Path fields;
        int r;

        (void) snprintf(dir, sizeof dir, DEVICES_DIR "/%s", hctl_format(&where->hctl, name));
        fd = openat(reader->root_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return attr_is_gone(-errno) ? READER_GONE : -errno;

        r = read_ports(reader, where);
        if (r < 0)
                return attr_is_gone(r) ? READER_GONE : r;

        fields = (Path){
                .key = { reader->ports.initiator, reader->ports.target, where->hctl,
                         where->transport },
                .initiator_node = reader->ports.initiator_node,
                .hba = reader->ports.hba,
                .hba_host = where->hba_host,
                .rport_channel = where->rport.channel,
                .rport_number = where->rport.number,
                .rport_state = reader->ports.rport_state,
                .is_vhba = where->is_vhba,
        };
        r = read_device(reader, fd, &fields, ret);
        return attr_is_gone(r) ? READER_GONE : r;
}

int reader_open_list(Reader *reader, DIR **ret) {
        DIR *dir = NULL;
        int r;

        r = dir_list(reader->root_fd, DEVICES_DIR, &dir);
        if (r < 0 && r != -ENOENT)
                return r;

        *ret = dir;
        return 0;
}

int reader_next(DIR *dir, Hctl *ret) {
        struct dirent *entry;

        while ((errno = 0, entry = readdir(dir)))
                if (hctl_parse(entry->d_name, ret) >= 0)
                        return 1;

        return -errno;
}

int reader_locate(Reader *reader, const Hctl *hctl, DevPath *ret) {
        char link[sizeof DEVICES_DIR + HCTL_STRING_MAX + 1], target[4096];
        HctlString name;
        DevPath found;
        ssize_t n;

        (void) snprintf(link, sizeof link, DEVICES_DIR "/%s", hctl_format(hctl, name));
        n = readlinkat(reader->root_fd, link, target, sizeof target - 1);
        if (n < 0)
                return -errno;
        target[n] = '\0';

        if (devpath_parse(target, &found) < 0 || !hctl_equals(&found.hctl, hctl))
                return -ENXIO;

        *ret = found;
        return 0;
}
