/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/usage/mounts.h"

#include "common/log.h"

#include <libmount.h>
#include <string.h>
#include <sys/epoll.h>

#define MOUNTINFO "/proc/self/mountinfo"
#define SWAPS "/proc/swaps"

struct Mounts {
        const char *mountinfo, *swaps;
        struct libmnt_table *table;
        struct libmnt_monitor *monitor;
        sd_event_source *source;
        MountsFunc on_change;
        void *userdata;
        bool is_stale;
};

static int read_table(const char *file, bool is_swaps, struct libmnt_table **ret) {
        struct libmnt_table *table = mnt_new_table();
        int r;

        if (!table)
                return -ENOMEM;
        r = is_swaps ? mnt_table_parse_swaps(table, file) : mnt_table_parse_file(table, file);
        if (r != 0) {
                mnt_unref_table(table);
                return r < 0 ? r : -EBADMSG;
        }

        *ret = table;
        return 0;
}

/* Whoever asks has the truth of this moment, whether or not the event has come. */
static struct libmnt_table *current(Mounts *mounts) {
        struct libmnt_table *table;
        int r;

        if (!mounts->is_stale && mounts->table)
                return mounts->table;

        r = read_table(mounts->mountinfo, false, &table);
        if (r < 0) {
                log_warning_errno(r, "Cannot read the table of mounts: %m");
                return mounts->table;
        }
        mnt_unref_table(mounts->table);
        mounts->table = table;
        mounts->is_stale = false;
        return table;
}

/* NULL for the first; file systems without a block device have the major number 0. */
static struct libmnt_fs *next_fs(struct libmnt_table *table, struct libmnt_iter *iter) {
        struct libmnt_fs *fs;

        while (mnt_table_next_fs(table, iter, &fs) == 0)
                if (mnt_fs_get_devno(fs) >> 8 != 0)
                        return fs;

        return NULL;
}

static bool has_device(struct libmnt_table *table, dev_t device) {
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;

        while (iter && (fs = next_fs(table, iter)) && mnt_fs_get_devno(fs) != device)
                ;
        fs = iter ? fs : NULL;
        mnt_free_iter(iter);
        return fs != NULL;
}

/* Tells of every device that `table` has and `other` has not. */
static void tell_missing(Mounts *mounts, struct libmnt_table *table, struct libmnt_table *other) {
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_fs *fs;

        while (iter && (fs = next_fs(table, iter)))
                if (!has_device(other, mnt_fs_get_devno(fs)))
                        mounts->on_change(mnt_fs_get_devno(fs), mounts->userdata);
        mnt_free_iter(iter);
}

static int on_monitor(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        Mounts *mounts = userdata;
        struct libmnt_table *before = mounts->table, *now;

        (void) mnt_monitor_event_cleanup(mounts->monitor);
        mnt_ref_table(before);
        mounts->is_stale = true;
        now = current(mounts);
        if (mounts->on_change && before && now != before) {
                tell_missing(mounts, now, before);
                tell_missing(mounts, before, now);
        }
        mnt_unref_table(before);
        return 0;
}

static int watch(Mounts *mounts, sd_event *event) {
        int fd, r;

        mounts->monitor = mnt_new_monitor();
        if (!mounts->monitor)
                return -ENOMEM;
        r = mnt_monitor_enable_kernel(mounts->monitor, 1);
        if (r < 0)
                return r;
        fd = mnt_monitor_get_fd(mounts->monitor);
        if (fd < 0)
                return fd;

        return sd_event_add_io(event, &mounts->source, fd, EPOLLIN, on_monitor, mounts);
}

int mounts_new(sd_event *event, const char *mountinfo, const char *swaps, MountsFunc on_change,
               void *userdata, Mounts **ret) {
        _cleanup_(mounts_freep) Mounts *mounts = calloc(1, sizeof *mounts);
        int r;

        if (!mounts)
                return -ENOMEM;
        *mounts = (Mounts){
                .mountinfo = mountinfo ?: MOUNTINFO,
                .swaps = swaps ?: SWAPS,
                .on_change = on_change,
                .userdata = userdata,
        };

        if (!mountinfo) {
                r = watch(mounts, event);
                if (r < 0)
                        return r;
        }
        (void) current(mounts);

        *ret = TAKE_PTR(mounts);
        return 0;
}

Mounts *mounts_free(Mounts *mounts) {
        if (!mounts)
                return NULL;

        mounts->source = sd_event_source_disable_unref(mounts->source);
        mnt_unref_monitor(mounts->monitor);
        mnt_unref_table(mounts->table);
        free(mounts);
        return NULL;
}

const char *mounts_next(Mounts *mounts, dev_t device, size_t *position) {
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_table *table = current(mounts);
        const char *target = NULL;
        struct libmnt_fs *fs;
        size_t i = 0;

        while (iter && table && !target && (fs = next_fs(table, iter)))
                if (mnt_fs_get_devno(fs) == device && i++ == *position)
                        target = mnt_fs_get_target(fs);
        mnt_free_iter(iter);
        ++*position;
        return target;
}

dev_t mounts_find(Mounts *mounts, const char *target) {
        struct libmnt_table *table = current(mounts);
        struct libmnt_fs *fs;

        fs = table ? mnt_table_find_target(table, target, MNT_ITER_BACKWARD) : NULL;
        return fs && mnt_fs_get_devno(fs) >> 8 != 0 ? mnt_fs_get_devno(fs) : 0;
}

bool mounts_is_swap(Mounts *mounts, const char *node) {
        struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
        struct libmnt_table *table = NULL;
        struct libmnt_fs *fs;
        bool found = false;

        /* There is no event for it, and never many. */
        if (iter && read_table(mounts->swaps, true, &table) == 0)
                while (!found && mnt_table_next_fs(table, iter, &fs) == 0)
                        found = strcmp(mnt_fs_get_source(fs) ?: "", node) == 0;
        mnt_unref_table(table);
        mnt_free_iter(iter);
        return found;
}
