/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/act/remove.h"

#include "common/cleanup.h"
#include "common/holders.h"
#include "lunwatch/act/dm.h"
#include "lunwatch/act/hold.h"
#include "lunwatch/act/reply.h"
#include "lunwatch/act/scsi.h"
#include "lunwatch/act/users.h"
#include "lunwatch/path/wwid.h"

#include <string.h>

/* multipathd may make the map again while its paths are still there. */
#define MAP_ATTEMPTS 3

typedef struct Removal {
        int root_fd;
        const Request *request;
        ScsiDisk disks[REQUEST_DEVICES_MAX];
        size_t n;
        char map[32]; /* kernel name; "": none */
        Hold hold;
} Removal;

static const char *disk_name(const ScsiDisk *disk, HctlString buf) {
        return *disk->block ? disk->block : hctl_format(&disk->hctl, buf);
}

static int read_disks(Removal *removal) {
        const Request *request = removal->request;

        for (size_t i = 0; i < request->n; i++) {
                ScsiDisk *disk = removal->disks + i;
                HctlString text;

                if (scsi_read(removal->root_fd, request->hctls + i, disk) < 0)
                        return reply_error("no-such-object", "%s has gone meanwhile.",
                                           hctl_format(request->hctls + i, text));
                if (!wwid_equals(disk->wwid, request->wwid))
                        return reply_error(
                                "no-such-object", "%s has another WWID than before: it is %s now.",
                                disk_name(disk, text), *disk->wwid ? disk->wwid : "not known");
        }

        removal->n = request->n;
        return 0;
}

static int find_map(Removal *removal) {
        const char *name = removal->request->map;
        int r = -ENOENT;

        if (!*name)
                return 0;
        for (size_t i = 0; r < 0 && i < removal->n; i++)
                if (*removal->disks[i].block)
                        r = dm_find_map(removal->root_fd, removal->disks[i].block, name,
                                        removal->map, sizeof removal->map);
        if (r < 0)
                return reply_error("no-such-object", "The map %s has gone meanwhile.", name);
        if (!dm_is_made_of(removal->root_fd, removal->map, removal->disks, removal->n))
                return reply_error("busy", "The map %s is made of other LUNs as well.", name);

        return 0;
}

static bool any(const Holder *holder) {
        return true;
}

static bool is_the_kernels(const Holder *holder) {
        return !users_is_process(holder);
}

static int check_users(Removal *removal) {
        _cleanup_(holders_done) Holders holders = { 0 };
        bool is_forced = removal->request->verb == REQUEST_REMOVE_OPEN;
        HolderDisk disks[REQUEST_DEVICES_MAX] = { 0 };
        char first[600];
        int n, r;

        for (size_t i = 0; i < removal->n; i++) {
                HctlString text;

                (void) strcpy(disks[i].block, removal->disks[i].block);
                (void) strcpy(disks[i].name, hctl_format(&removal->disks[i].hctl, text));
                disks[i].generic = removal->disks[i].generic;
        }
        r = holders_find(disks, removal->n, &holders);
        if (r < 0)
                return reply_error("helper-failed", "Cannot find out who uses it: %s.",
                                   strerror(-r));

        n = users_tell(removal->root_fd, &holders, is_forced ? is_the_kernels : any, first,
                       sizeof first);
        if (n == 0)
                return 0;

        return reply_error("busy", "%s%s.", first, n > 1 ? ", and others use it" : "");
}

static int refuse_hold(const char *name, int r) {
        if (r == -EBUSY)
                return reply_error("busy",
                                   "The kernel has %s in use and does not say for whom: ZFS, a "
                                   "target that exports it, a loop device or a journal, maybe.",
                                   name);

        return reply_error("helper-failed", "%s cannot be opened: %s.", name, strerror(-r));
}

/* What the disk does not take is lost: only who forces it wants that. */
static int flush(const Removal *removal, const char *name) {
        int r;

        reply_step("writing back what is cached of %s", name);
        r = hold_flush(name);
        if (r >= 0 || removal->request->verb == REQUEST_REMOVE_OPEN)
                return 0;

        return reply_error("busy",
                           "What is cached of %s cannot be written back (%s): by force it is "
                           "dropped.",
                           name, strerror(-r));
}

/* Nothing below a map has a cache of its own that anybody wrote to. */
static int take_map_down(Removal *removal) {
        const char *name = removal->request->map;
        int r;

        r = hold_try(removal->map);
        if (r < 0)
                return refuse_hold(name, r);
        r = flush(removal, removal->map);
        if (r < 0)
                return r;

        reply_step("removing the map %s", name);
        r = dm_remove_map(removal->root_fd, removal->map, name);
        if (r == -EBUSY)
                return reply_error("busy", "The map %s is in use again.", name);
        if (r < 0)
                return reply_error("helper-failed", "The map %s cannot be removed: %s.", name,
                                   strerror(-r));

        return 0;
}

static int try_hold(Removal *removal, const ScsiDisk **ret) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < removal->n; i++) {
                *ret = removal->disks + i;
                if (*removal->disks[i].block)
                        r = hold_take(&removal->hold, removal->disks[i].block);
        }
        if (r < 0)
                hold_done(&removal->hold);

        return r;
}

/* Takes the map down and the paths in hand, so that no other map can be made of them. */
static int hold_disks(Removal *removal) {
        const ScsiDisk *disk = NULL;
        HctlString text;
        int r = 0;

        for (unsigned i = 0; i < MAP_ATTEMPTS; i++) {
                if (*removal->map && (r = take_map_down(removal)) < 0)
                        return r;
                r = try_hold(removal, &disk);
                if (r != -EBUSY || !*removal->map ||
                    dm_find_map(removal->root_fd, disk->block, removal->request->map, removal->map,
                                sizeof removal->map) < 0)
                        break;
        }
        if (r < 0)
                return refuse_hold(disk_name(disk, text), r);
        if (*removal->map)
                reply_removed(removal->request->map);

        return 0;
}

/* Of a map that was flushed the paths have nothing cached. */
static int flush_disks(Removal *removal) {
        int r = 0;

        for (size_t i = 0; r >= 0 && !*removal->map && i < removal->n; i++)
                if (*removal->disks[i].block)
                        r = flush(removal, removal->disks[i].block);

        return r;
}

static int delete_disks(Removal *removal) {
        for (size_t i = 0; i < removal->n; i++) {
                const ScsiDisk *disk = removal->disks + i;
                HctlString text;
                int r;

                reply_step("deleting %s", disk_name(disk, text));
                r = scsi_delete(removal->root_fd, &disk->hctl);
                if (scsi_exists(removal->root_fd, &disk->hctl))
                        return reply_error("still-there", "The kernel does not delete %s: %s.",
                                           disk_name(disk, text),
                                           r < 0 ? strerror(-r) : "it says it has");
                reply_removed(disk_name(disk, text));
        }

        return 0;
}

/* A path that came meanwhile is one that was not looked at. */
static int verify(const Removal *removal) {
        const char *wwid = removal->request->wwid;
        HctlString text;
        Hctl hctl;

        if (*wwid && scsi_find_wwid(removal->root_fd, wwid, &hctl) >= 0)
                return reply_error("still-there", "A path to it came meanwhile: %s.",
                                   hctl_format(&hctl, text));

        return 0;
}

static int carry_out(Removal *removal) {
        int r;

        r = read_disks(removal);
        if (r >= 0)
                r = find_map(removal);
        if (r >= 0)
                r = check_users(removal);
        if (r >= 0)
                r = hold_disks(removal);
        if (r >= 0)
                r = flush_disks(removal);
        if (r >= 0)
                r = delete_disks(removal);

        return r < 0 ? r : verify(removal);
}

int lun_remove(int root_fd, const Request *request) {
        static Removal removal; /* too large for a stack */
        int r;

        removal.root_fd = root_fd;
        removal.request = request;
        r = carry_out(&removal);
        hold_done(&removal.hold);
        return r;
}
