/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/device-mark.h"

#include "common/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

#define TEXT_MAX 512
#define OF_BOOT "boot"

/* FNV-1a: WWIDs have blanks and more characters than a mark has. Nobody is kept out by it. */
static uint64_t digest(uint64_t hash, const char *text) {
        for (; *text; text++)
                hash = (hash ^ (unsigned char) *text) * 0x100000001b3ULL;

        return hash;
}

static bool has(int dir_fd, const char *name, char ret[static TEXT_MAX]) {
        return attr_read(dir_fd, name, ret, TEXT_MAX) > 0;
}

/* SCSI's, NVMe's and device-mapper's own, and a partition's by its disk. */
static const char *find_name(int dir_fd, char ret[static TEXT_MAX]) {
        static const char *const names[][2] = {
                { "wwid", "device/wwid" },    { "wwid", "wwid" },    { "uuid", "dm/uuid" },
                { "wwid", "../device/wwid" }, { "wwid", "../wwid" },
        };

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                /* Above a disk are others' attributes. */
                if (names[i][1][0] == '.' && faccessat(dir_fd, "partition", F_OK, 0) < 0)
                        continue;
                if (has(dir_fd, names[i][1], ret))
                        return names[i][0];
        }

        return NULL;
}

/* Numbers of devices are given anew, those of disks (diskseq) are not before the next boot. */
static int read_boot(int dir_fd, dev_t device, char ret[static TEXT_MAX]) {
        char boot[64] = "", sequence[32] = "";
        ssize_t n;

        n = attr_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", boot, sizeof boot);
        if (n < 0)
                return (int) n;
        if (attr_read(dir_fd, "diskseq", sequence, sizeof sequence) < 0)
                (void) attr_read(dir_fd, "../diskseq", sequence, sizeof sequence);

        (void) snprintf(ret, TEXT_MAX, "%s %u:%u %s", boot, major(device), minor(device), sequence);
        return 0;
}

int device_mark(const char *sysfs, dev_t device, StorageMark ret) {
        char path[TEXT_MAX], text[TEXT_MAX], part[32] = "", start[32] = "";
        _cleanup_close_ int fd = -EBADF;
        const char *kind;
        uint64_t hash;
        int r;

        (void) snprintf(path, sizeof path, "%s/dev/block/%u:%u", sysfs, major(device),
                        minor(device));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        kind = find_name(fd, text);
        r = kind ? 0 : read_boot(fd, device, text);
        if (r < 0)
                return r;
        (void) attr_read(fd, "partition", part, sizeof part);
        (void) attr_read(fd, "start", start, sizeof start);

        hash = digest(digest(digest(0xcbf29ce484222325ULL, text), part), start);
        (void) snprintf(ret, sizeof(StorageMark), "%s.%016" PRIx64, kind ?: OF_BOOT, hash);
        return 0;
}

bool device_mark_is_of_boot(const char *mark) {
        return strncmp(mark, OF_BOOT ".", strlen(OF_BOOT ".")) == 0;
}
