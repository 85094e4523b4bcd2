/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/job/kinds.h"
#include "lunwatch/job/lun-devices.h"

#include <string.h>

#define TIMEOUT_USEC (120 * 1000 * 1000ULL)

/* The verb, WWID, map and paths. */
#define FIELDS_MAX (2 + ACT_DEVICES_MAX)

typedef struct Removal {
        Job *job;
        LunDevices lun;
        bool is_forced;
        Act *act;
} Removal;

static void free_removal(void *work) {
        Removal *removal = work;

        (void) act_free(removal->act);
        lun_devices_done(&removal->lun);
        free(removal);
}

/* Partitions that nobody uses, and the map that is to be removed, do not count. */
static bool is_in_the_way(const Removal *removal, const Use *use) {
        if (strcmp(use->kind, "partition") == 0)
                return false;

        return strcmp(use->kind, "map") != 0 || strcmp(use->object, removal->lun.map) != 0;
}

static void keep_use(Job *job, const Use *use) {
        const char *const fields[] = { use->kind, use->object, use->device, use->words };

        job_keep_use(job, fields);
}

/* What lunwatch knows: lun-act looks again, at more, and with the devices in its hands. */
static int find_uses(Removal *removal, UseList *ret) {
        const Path *paths[ACT_DEVICES_MAX];
        const Map *maps[1];
        Found found = { .paths = paths, .maps = maps };
        const Jobs *jobs = removal->job->all;

        lun_devices_look(&removal->lun, &jobs->inventory->index, jobs->maps, &found);
        return usage_of(jobs->usage, &found, ret);
}

static bool is_busy(Removal *removal) {
        _cleanup_(use_list_done) UseList uses = { 0 };
        const Use *first = NULL;
        size_t n = 0;

        if (find_uses(removal, &uses) < 0)
                return false;
        for (size_t i = 0; i < uses.n; i++)
                if (is_in_the_way(removal, uses.items + i)) {
                        first = first ? first : uses.items + i;
                        n++;
                        keep_use(removal->job, uses.items + i);
                }
        if (n == 0)
                return false;

        job_fail(removal->job, "busy", "%s%s.", first->words, n > 1 ? ", and more is on it" : "");
        return true;
}

static void on_line(void *userdata, ActLine line, const char *const *fields) {
        Removal *removal = userdata;

        switch (line) {
        case ACT_STEP:
                job_step(removal->job, "%s", fields[0]);
                break;
        case ACT_USE:
                job_keep_use(removal->job, fields);
                break;
        case ACT_REMOVED:
                job_keep_device(removal->job, fields[0]);
                break;
        }
}

/* The kernel's events say the same a moment later. */
static void take_out(const Removal *removal) {
        Jobs *jobs = removal->job->all;

        for (size_t i = 0; i < removal->lun.n_paths; i++)
                (void) inventory_remove(jobs->inventory, removal->lun.hctls + i);
        tell_soon(jobs->tell);
}

static void on_end(void *userdata, const char *cause, const char *words) {
        Removal *removal = userdata;

        if (cause) {
                job_fail(removal->job, cause, "%s", words);
                return;
        }
        take_out(removal);
        job_finish(removal->job);
}

static void start(Job *job) {
        Removal *removal = job->work;
        const LunDevices *lun = &removal->lun;
        const ActHandler handler = { on_line, on_end, removal };
        const char *fields[FIELDS_MAX];
        HctlString hctls[ACT_DEVICES_MAX];
        int r;

        removal->job = job;
        job->result.has_devices = true;
        if (is_busy(removal))
                return;

        fields[0] = *lun->wwid ? lun->wwid : "-";
        fields[1] = *lun->map ? lun->map : "-";
        for (size_t i = 0; i < lun->n_paths; i++)
                fields[2 + i] = hctl_format(lun->hctls + i, hctls[i]);
        job_step(job, "making sure that nobody uses it");
        r = act_start(job->all->event, job->all->socket,
                      removal->is_forced ? "remove-open" : "remove", jobs_left(job), fields,
                      2 + lun->n_paths, &handler, &removal->act);
        if (r < 0)
                job_fail(job, "helper-failed", "%s", act_start_words(r));
}

/* lun-act has ended by then or hangs in the kernel. */
static void expire(Job *job) {
        job_fail(
                job, "timeout",
                "lun-act is not through with %s: a command to a device may hang. “npivot lun show” "
                "tells what is left.",
                job->subject);
}

static const char *tell_cancelled(const Job *job) {
        return "It was cancelled; what lun-act has begun it brings to its end.";
}

static char *make_subject(const Removal *removal) {
        HctlString buf;
        char *subject;

        if (asprintf(&subject, "%s%s", lun_devices_name(&removal->lun, buf),
                     removal->is_forced ? " by force" : "") < 0)
                return NULL;

        return subject;
}

int job_remove_spec(const Jobs *jobs, const char *name, bool is_forced, JobSpec *ret) {
        static const JobKind kind = {
                .name = "remove",
                .is_shared = true,
                .start = start,
                .expire = expire,
                .tell_cancelled = tell_cancelled,
                .free_work = free_removal,
        };
        _cleanup_free_ Removal *removal = NULL;
        int r;

        removal = calloc(1, sizeof *removal);
        if (!removal)
                return -ENOMEM;
        r = lun_devices_find(jobs->inventory, jobs->maps, name, &removal->lun);
        if (r < 0)
                return r;

        removal->is_forced = is_forced;
        *ret = (JobSpec){
                .kind = &kind,
                .subject = make_subject(removal),
                .work = removal,
                .timeout_usec = TIMEOUT_USEC,
        };
        TAKE_PTR(removal);
        return 0;
}
