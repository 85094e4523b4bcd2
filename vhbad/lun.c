/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/lun.h"

#include "common/cleanup.h"
#include "common/file.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <systemd/sd-device.h>

#define DEPTH_MAX 3 /* rport-H:C-R, targetH:C:T, H:C:T:L */

typedef struct List {
        LunPath *items;
        size_t n;
} List;

static bool starts_with(const char *s, const char *prefix) {
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The only entry of a subdirectory such as block/ or scsi_generic/. */
static void read_child(int dir_fd, const char *folder, char *buf, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;

        buf[0] = '\0';
        if (dir_list(dir_fd, folder, &dir) < 0)
                return;

        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.' && strlen(entry->d_name) < size) {
                        (void) strcpy(buf, entry->d_name);
                        return;
                }
}

static dev_t read_generic(int dir_fd) {
        char name[32], attribute[96], text[32];
        unsigned major_number, minor_number;

        read_child(dir_fd, "scsi_generic", name, sizeof name);
        if (name[0] == '\0')
                return 0;
        (void) snprintf(attribute, sizeof attribute, "scsi_generic/%s/dev", name);
        if (attr_read(dir_fd, attribute, text, sizeof text) < 0 ||
            sscanf(text, "%u:%u", &major_number, &minor_number) != 2)
                return 0;

        return makedev(major_number, minor_number);
}

/* "t10." identifiers have blanks in them; in a definition they are written with '_'. */
static void read_wwid(int dir_fd, char ret[static WWID_MAX]) {
        char text[WWID_MAX + 8];
        ConfError error = { 0 };
        size_t n = 0;

        ret[0] = '\0';
        if (attr_read(dir_fd, "wwid", text, sizeof text) <= 0)
                return;
        for (const char *p = text; *p != '\0'; p++)
                if (*p != ' ' || (n > 0 && text[n - 1] != '_'))
                        text[n++] = *p == ' ' ? '_' : *p;
        text[n] = '\0';

        (void) wwid_parse(text, ret, &error);
}

static bool needs_block_device(int dir_fd) {
        char type[16];

        if (attr_read(dir_fd, "type", type, sizeof type) <= 0)
                return true;

        /* Disk, optical, magneto-optical, reduced block, host-managed zoned: sd and sr. */
        return strcmp(type, "0") == 0 || strcmp(type, "5") == 0 || strcmp(type, "7") == 0 ||
               strcmp(type, "14") == 0 || strcmp(type, "20") == 0;
}

/* Only then are its links below /dev/disk in place. */
static bool udev_is_done(const char *block) {
        _cleanup_(sd_device_unrefp) sd_device *device = NULL;

        return sd_device_new_from_subsystem_sysname(&device, "block", block) >= 0 &&
               sd_device_get_is_initialized(device) > 0;
}

static int add_path(List *list, int dir_fd, const char *name) {
        LunPath path = { 0 }, *grown;
        char state[32];

        if (snprintf(path.name, sizeof path.name, "%s", name) >= (int) sizeof path.name ||
            sscanf(name, "%*u:%*u:%*u:%" SCNu64, &path.lun) != 1)
                return 0;

        read_wwid(dir_fd, path.wwid);
        read_child(dir_fd, "block", path.block, sizeof path.block);
        path.generic = read_generic(dir_fd);
        path.is_running = attr_read(dir_fd, "state", state, sizeof state) > 0 &&
                          strcmp(state, "running") == 0;
        path.is_ready =
                path.block[0] != '\0' ? udev_is_done(path.block) : !needs_block_device(dir_fd);

        grown = reallocarray(list->items, list->n + 1, sizeof path);
        if (!grown)
                return -ENOMEM;
        list->items = grown;
        list->items[list->n++] = path;

        return 0;
}

static int walk(List *list, int parent_fd, const char *folder, unsigned depth) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(parent_fd, folder, &dir);
        if (r < 0)
                return r == -ENOENT || r == -ENODEV ? 0 : r;
        if (isdigit((unsigned char) folder[0]))
                return add_path(list, dirfd(dir), folder);

        while (depth < DEPTH_MAX && (entry = readdir(dir))) {
                if (!starts_with(entry->d_name, "rport-") &&
                    !starts_with(entry->d_name, "target") &&
                    !(starts_with(folder, "target") && isdigit((unsigned char) entry->d_name[0])))
                        continue;
                r = walk(list, dirfd(dir), entry->d_name, depth + 1);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int compare_paths(const void *a, const void *b) {
        const LunPath *x = a, *y = b;

        if (x->lun != y->lun)
                return x->lun < y->lun ? -1 : 1;

        return strcmp(x->name, y->name);
}

int lun_path_list(const char *scsi_host, LunPath **ret, size_t *ret_n) {
        char device[96];
        List list = { 0 };
        int r;

        (void) snprintf(device, sizeof device, "/sys/class/scsi_host/%.31s/device", scsi_host);
        r = walk(&list, AT_FDCWD, device, 0);
        if (r < 0) {
                free(list.items);
                return r;
        }

        if (list.n > 0)
                qsort(list.items, list.n, sizeof *list.items, compare_paths);
        *ret = list.items;
        *ret_n = list.n;
        return 0;
}
