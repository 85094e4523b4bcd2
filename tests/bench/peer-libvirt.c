/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "peer-libvirt.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define HOSTS_DIR "/sys/class/fc_host"
#define DEVICES_DIR "/sys/bus/scsi/devices"
#define LINKS_DIR "/dev/disk/by-path"

static bool file_has_wwn(const char *host, const char *name, Wwn wwn) {
        _cleanup_close_ int fd = -EBADF;
        char path[512], text[1024];
        ssize_t n;

        (void) snprintf(path, sizeof path, HOSTS_DIR "/%s/%s", host, name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return false;
        n = read(fd, text, sizeof text - 1);
        if (n <= 0)
                return false;

        text[n] = '\0';
        return strtoull(text, NULL, 16) == wwn;
}

static int find_host(Wwn initiator, Wwn node, unsigned *ret) {
        _cleanup_(closedirp) DIR *dir = opendir(HOSTS_DIR);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (!file_has_wwn(entry->d_name, "node_name", node) ||
                    !file_has_wwn(entry->d_name, "port_name", initiator))
                        continue;
                return sscanf(entry->d_name, "host%u", ret) == 1 ? 0 : -ENOENT;
        }

        return -ENOENT;
}

static bool is_disk(const char *device) {
        _cleanup_(fclosep) FILE *f = NULL;
        char path[512], text[16];

        (void) snprintf(path, sizeof path, DEVICES_DIR "/%s/type", device);
        f = fopen(path, "re");
        return f && fgets(text, sizeof text, f) && strtol(text, NULL, 10) == 0;
}

/* A directory's first entry with this prefix, after those before it. */
static bool find_entry(const char *path, const char *prefix, char *ret, size_t size) {
        _cleanup_(closedirp) DIR *dir = opendir(path);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
                        continue;
                (void) snprintf(ret, size, "%s", entry->d_name);
                return true;
        }

        return false;
}

static bool find_disk(const char *device, char *ret, size_t size) {
        char path[512], block[64], name[256];

        (void) snprintf(path, sizeof path, DEVICES_DIR "/%s", device);
        if (!find_entry(path, "block", block, sizeof block))
                return false;
        (void) snprintf(path, sizeof path, DEVICES_DIR "/%s/block", device);
        if (!find_entry(path, "", name, sizeof name))
                return false;

        (void) snprintf(ret, size, "/dev/%s", name);
        return true;
}

static bool leads_to(const char *link, const char *disk) {
        struct stat link_st, to_st, disk_st;

        return lstat(link, &link_st) == 0 && S_ISLNK(link_st.st_mode) && stat(link, &to_st) == 0 &&
               stat(disk, &disk_st) == 0 && to_st.st_dev == disk_st.st_dev &&
               to_st.st_ino == disk_st.st_ino;
}

static int find_stable_path(const char *disk, char *ret, size_t size) {
        _cleanup_(closedirp) DIR *dir = opendir(LINKS_DIR);
        struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                (void) snprintf(ret, size, LINKS_DIR "/%s", entry->d_name);
                if (leads_to(ret, disk))
                        return 0;
        }

        return -ENOENT;
}

int peer_libvirt_lookup(Wwn initiator, Wwn node, uint64_t lun, char *ret_path, size_t size) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        unsigned scanned;
        int r;

        r = find_host(initiator, node, &scanned);
        if (r < 0)
                return r;

        dir = opendir(DEVICES_DIR);
        while (dir && (entry = readdir(dir))) {
                unsigned host, bus, target, unit;
                char disk[300];

                if (sscanf(entry->d_name, "%u:%u:%u:%u", &host, &bus, &target, &unit) != 4 ||
                    host != scanned || unit != lun)
                        continue;
                if (is_disk(entry->d_name) && find_disk(entry->d_name, disk, sizeof disk))
                        return find_stable_path(disk, ret_path, size);
        }

        return -ENOENT;
}
