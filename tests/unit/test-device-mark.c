/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/storage/device-mark.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static char sysfs[] = "/tmp/test-device-mark.XXXXXX";
static int dir_fd;

/* A path of at most a few parts, each of which is made. */
static void write_text(const char *path, const char *text) {
        char part[256] = "";
        int fd;

        for (const char *p = path; (p = strchr(p, '/')); p++) {
                (void) snprintf(part, sizeof part, "%.*s", (int) (p - path), path);
                (void) mkdirat(dir_fd, part, 0755);
        }
        fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text));
        (void) close(fd);
}

static bool is_same(dev_t device, const char *mark) {
        StorageMark now;

        assert(device_mark(sysfs, device, now) == 0 && storage_mark_is_valid(now));
        return strcmp(now, mark) == 0;
}

static void test_a_path_that_leads_to_another_disk_is_seen(void) {
        StorageMark mark;

        write_text("dev/block/8:0/device/wwid", "t10.ATA     A DISK/1 \xff\n");
        write_text("dev/block/8:16/device/wwid", "t10.ATA     A DISK/2 \xff\n");
        assert(device_mark(sysfs, makedev(8, 0), mark) == 0);
        assert(!device_mark_is_of_boot(mark));
        assert(is_same(makedev(8, 0), mark) && !is_same(makedev(8, 16), mark));

        /* The same disk has another number after a boot. */
        write_text("dev/block/8:16/device/wwid", "t10.ATA     A DISK/1 \xff\n");
        assert(is_same(makedev(8, 16), mark));
        write_text("dev/block/252:0/dm/uuid", "mpath-3600\n");
        assert(!is_same(makedev(252, 0), mark));
}

static void test_a_partition_is_its_disk_and_where_it_is(void) {
        StorageMark mark;

        write_text("dev/block/disk/wwid", "nvme.1\n");
        write_text("dev/block/disk/p1/partition", "1\n");
        write_text("dev/block/disk/p1/start", "2048\n");
        write_text("dev/block/disk/p2/partition", "2\n");
        write_text("dev/block/disk/p2/start", "4096\n");
        assert(symlinkat("disk", dir_fd, "dev/block/259:0") == 0);
        assert(symlinkat("disk/p1", dir_fd, "dev/block/259:1") == 0);
        assert(symlinkat("disk/p2", dir_fd, "dev/block/259:2") == 0);
        assert(device_mark(sysfs, makedev(259, 1), mark) == 0 && !device_mark_is_of_boot(mark));
        assert(!is_same(makedev(259, 0), mark) && !is_same(makedev(259, 2), mark));

        write_text("dev/block/disk/p1/start", "2050\n");
        assert(!is_same(makedev(259, 1), mark));
        write_text("dev/block/disk/p1/start", "2048\n");
        write_text("dev/block/disk/wwid", "nvme.2\n");
        assert(!is_same(makedev(259, 1), mark));
}

static void test_a_disk_without_a_name_is_known_until_the_next_boot(void) {
        StorageMark mark;

        write_text("dev/block/7:0/diskseq", "5\n");
        write_text("dev/block/7:1/diskseq", "5\n");
        assert(device_mark(sysfs, makedev(7, 0), mark) == 0 && device_mark_is_of_boot(mark));
        assert(is_same(makedev(7, 0), mark) && !is_same(makedev(7, 1), mark));
        write_text("dev/block/7:0/diskseq", "6\n");
        assert(!is_same(makedev(7, 0), mark));
        assert(device_mark(sysfs, makedev(7, 9), mark) == -ENOENT);
}

int main(void) {
        char command[64];

        assert(mkdtemp(sysfs));
        dir_fd = dir_open(sysfs, false, 0);
        assert(dir_fd >= 0);
        test_a_path_that_leads_to_another_disk_is_seen();
        test_a_partition_is_its_disk_and_where_it_is();
        test_a_disk_without_a_name_is_known_until_the_next_boot();

        (void) close(dir_fd);
        (void) snprintf(command, sizeof command, "rm -r %s", sysfs);
        return system(command) == 0 ? 0 : 1;
}
