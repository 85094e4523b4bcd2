/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/storage/found.h"

#include "mirrord/storage/place.h"
#include "mirrord/storage/reply.h"

#include <endian.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* QEMU's docs/interop/qcow2.txt */
typedef struct Qcow2Header {
        uint32_t magic, version;
        uint64_t backing_offset;
        uint32_t backing_size, cluster_bits;
        uint64_t size_bytes;
        uint32_t crypt_method, l1_size;
        uint64_t l1_offset, table_offset;
        uint32_t table_clusters, n_snapshots;
        uint64_t snapshots_offset, incompatible;
} Qcow2Header;

#define QCOW2_MAGIC 0x514649fbU /* "QFI\xfb" */
#define QCOW2_DATA_FILE (1U << 2)

static int refuse_size(const StorageRequest *request, uint64_t is) {
        return reply_error("refused",
                           "%s has %" PRIu64 " bytes and the disk has %" PRIu64
                           ": they must be the same. Take another path, or make it anew.",
                           request->path, is, request->size_bytes);
}

/* Nothing in it is believed but its size; what leads to other files is refused. */
static int check_qcow2(const StorageRequest *request, int fd) {
        Qcow2Header header;

        if (pread(fd, &header, sizeof header, 0) != sizeof header ||
            be32toh(header.magic) != QCOW2_MAGIC || be32toh(header.version) < 2 ||
            be32toh(header.version) > 3)
                return reply_error("refused", "%s is not a qcow2 image.", request->path);
        if (header.backing_offset != 0 || header.crypt_method != 0 ||
            (be32toh(header.version) == 3 && be64toh(header.incompatible) & QCOW2_DATA_FILE))
                return reply_error(
                        "refused",
                        "%s has a backing file, a data file or is encrypted: take an image "
                        "that stands for itself.",
                        request->path);
        if (be64toh(header.size_bytes) != request->size_bytes)
                return refuse_size(request, be64toh(header.size_bytes));

        return 0;
}

/*
 * NFS and SMB give a lease only for what their server has delegated, and say that they do not in
 * the same way as for a file that is in use. Nobody could be seen on another host anyway.
 */
static bool has_leases(int fd) {
        struct statfs is;

        return fstatfs(fd, &is) < 0 ||
               (is.f_type != NFS_SUPER_MAGIC && is.f_type != CIFS_SUPER_MAGIC &&
                is.f_type != SMB2_SUPER_MAGIC);
}

/* Who has it open keeps a lease from being given. */
static int check_use(const StorageRequest *request, int fd) {
        if (!has_leases(fd))
                return 0;
        if (fcntl(fd, F_SETLEASE, F_WRLCK) >= 0) {
                (void) fcntl(fd, F_SETLEASE, F_UNLCK);
                return 0;
        }
        /* Other file systems may have none. */
        if (errno != EAGAIN && errno != EBUSY)
                return 0;

        return reply_error("in-use", "%s is in use: “fuser -v %s” says by whom.", request->path,
                           request->path);
}

static int check_open(const StorageRequest *request, int fd, const struct stat *is) {
        int r;

        r = check_use(request, fd);
        if (r < 0)
                return r;
        if (request->format == STORAGE_QCOW2)
                return check_qcow2(request, fd);

        return (uint64_t) is->st_size == request->size_bytes
                       ? 0
                       : refuse_size(request, (uint64_t) is->st_size);
}

int found_check(const StorageRequest *request, int dir_fd, const char *name, const char *place) {
        _cleanup_close_ int fd = -EBADF;
        StorageMark identity;
        struct stat is;
        int r;

        fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &is) < 0 || !S_ISREG(is.st_mode))
                return reply_error("refused", "%s is there, and is no file that could be used.",
                                   request->path);
        if (!request->may_overwrite)
                return reply_error("refused",
                                   "%s exists already: remove it, take another path, or say "
                                   "Overwrite.",
                                   request->path);
        r = mark_of(fd, identity);
        if (r < 0)
                return reply_error("failed", "Cannot look at %s: %s.", request->path, strerror(-r));
        if (*request->identity && strcmp(request->identity, identity) != 0)
                return reply_other(request->path);
        r = check_open(request, fd, &is);

        return r < 0 ? r : reply_done("file\t1\t%s\t-\t0\t%s", place, identity);
}
