/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "vhbad/expect.h"

#include "common/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define LISTED_MAX 8 /* LUNs named in a message */

/* The paths to one LUN number. */
typedef struct Count {
        unsigned usable;
        const LunPath *pending; /* one that is not usable (yet) */
        const LunPath *other;   /* one to something else */
} Count;

static bool is_other(const Expect *expect, const LunPath *path) {
        if (expect->wwid[0] == '\0' || strcmp(path->wwid, expect->wwid) == 0)
                return false;

        /* Without a WWID and not running it may still be the right one. */
        return path->wwid[0] != '\0' || path->is_running;
}

static Count count_paths(const Expect *expect, const LunPath *paths, size_t n_paths) {
        Count count = { 0 };

        for (size_t i = 0; i < n_paths; i++) {
                const LunPath *path = &paths[i];

                if (path->lun != expect->lun)
                        continue;
                if (is_other(expect, path))
                        count.other = path;
                else if (path->is_running && path->is_ready)
                        count.usable++;
                else
                        count.pending = path;
        }

        return count;
}

/* "LUNs 1, 2, 7", each once; paths are in order. */
static void list_luns(const LunPath *paths, size_t n_paths, char *buf, size_t size) {
        size_t used = 0, listed = 0;

        (void) snprintf(buf, size, "no LUN");
        for (size_t i = 0; i < n_paths && used < size; i++) {
                if (i > 0 && paths[i].lun == paths[i - 1].lun)
                        continue;
                if (listed++ == LISTED_MAX) {
                        (void) snprintf(buf + used, size - used, ", …");
                        return;
                }
                used += (size_t) snprintf(buf + used, size - used, "%s%" PRIu64,
                                          listed == 1 ? "LUN " : ", ", paths[i].lun);
        }
}

static void print_different(const Expect *expect, const LunPath *other, char *why,
                            size_t why_size) {
        (void) snprintf(why, why_size, "LUN %" PRIu64 " (%s) has %s%s instead of the WWID %s.",
                        expect->lun, other->name, other->wwid[0] != '\0' ? "the WWID " : "no WWID",
                        other->wwid, expect->wwid);
}

static void print_too_few(const Expect *expect, const Count *count, char *why, size_t why_size) {
        char pending[128] = "";

        if (count->pending)
                (void) snprintf(pending, sizeof pending, "; %s %s", count->pending->name,
                                count->pending->is_running ? "waits for udev" : "is not running");
        (void) snprintf(why, why_size, "LUN %" PRIu64 " is usable over %u of %u path%s%s.",
                        expect->lun, count->usable, expect->paths, expect->paths == 1 ? "" : "s",
                        pending);
}

static Cause check_one(const Expect *expect, const LunPath *paths, size_t n_paths, char *why,
                       size_t why_size) {
        Count count = count_paths(expect, paths, n_paths);
        bool has_wwid = expect->wwid[0] != '\0';
        char seen[256];

        if (count.other) {
                print_different(expect, count.other, why, why_size);
                return CAUSE_LUN_DIFFERENT;
        }
        if (count.usable >= expect->paths)
                return CAUSE_NONE;
        if (count.usable > 0 || count.pending) {
                print_too_few(expect, &count, why, why_size);
                return count.usable > 0 ? CAUSE_PATHS_MISSING : CAUSE_LUN_MISSING;
        }

        list_luns(paths, n_paths, seen, sizeof seen);
        (void) snprintf(why, why_size, "LUN %" PRIu64 "%s%s%s is not there; the vHBA sees %s.",
                        expect->lun, has_wwid ? " (WWID " : "", expect->wwid, has_wwid ? ")" : "",
                        seen);
        return CAUSE_LUN_MISSING;
}

Cause expect_check(const Expect *expect, size_t n_expect, const LunPath *paths, size_t n_paths,
                   char *why, size_t why_size) {
        for (size_t i = 0; i < n_expect; i++) {
                Cause cause = check_one(&expect[i], paths, n_paths, why, why_size);

                if (cause != CAUSE_NONE)
                        return cause;
        }

        return CAUSE_NONE;
}
