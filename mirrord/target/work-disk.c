/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/work-part.h"

#include <inttypes.h>
#include <string.h>

#define CHECK_MSEC 30000
#define PLACE_MSEC 30000
#define REMOVE_MSEC 60000
#define CREATE_MSEC 120000

/* A disk that is written full is given up when it comes to less. */
#define FULL_BYTES_A_MSEC (10 * 1000)

/* So long it is tried to have an answer from mirror-storage. */
#define UNREACHED_USEC (10 * 1000 * 1000ULL)

static uint32_t time_for(const TargetDisk *disk, StorageVerb verb) {
        uint64_t msec = CREATE_MSEC;

        if (verb == STORAGE_CHECK || verb == STORAGE_PLACE)
                return CHECK_MSEC;
        if (verb == STORAGE_REMOVE)
                return REMOVE_MSEC;
        if (disk->allocation != STORAGE_OFF)
                msec += disk->size_bytes / FULL_BYTES_A_MSEC;

        return msec < STORAGE_MSEC_MAX ? (uint32_t) msec : STORAGE_MSEC_MAX;
}

void work_forget_question(Work *work) {
        work->question = storage_question_free(work->question);
}

static void on_answer(void *userdata, int r, const char *const *fields, const char *words);

/* Whether it is not in vain by now; then it is done at the next look. */
static bool may_try_again(Work *work) {
        if (work->storage_usec == 0)
                work->storage_usec = work_now(work);
        if (work_now(work) - work->storage_usec > UNREACHED_USEC)
                return false;

        work_look_soon(work, WORK_LOOK_USEC);
        return true;
}

/* 0, or why it could not be asked; -EAGAIN: that is tried again. */
static int ask(Work *work, TargetDisk *disk, StorageVerb verb) {
        StorageRequest request = { .verb = verb,
                                   .msec = time_for(disk, verb),
                                   .kind = disk->kind,
                                   .size_bytes = disk->size_bytes,
                                   .format = disk->format,
                                   .allocation = disk->allocation,
                                   .may_overwrite =
                                           disk->may_overwrite || disk->stage == STAGE_FOUND,
                                   .may_overcommit = disk->may_overcommit };
        int r;

        (void) strcpy(request.token, disk->token);
        (void) strcpy(request.owner, disk->owner);
        (void) strcpy(request.place, disk->stage == STAGE_NEW ? "" : disk->place);
        (void) strcpy(request.identity, disk->identity);
        (void) strcpy(request.path, disk->path);
        work->asked = disk;
        work->verb = verb;
        r = storage_ask(work->event, &request, on_answer, work, &work->question);

        return r >= 0 || !may_try_again(work) ? r : -EAGAIN;
}

/* ---- making */

/* What has been promised to other disks there is not to be had twice. */
static void take_space(Work *work, const TargetDisk *disk, const char *key, const char *left) {
        uint64_t free_bytes = strtoull(left, NULL, 10);
        size_t i = 0;

        if (strcmp(key, "-") == 0 || disk->may_overcommit)
                return;
        while (i < work->n_spaces && strcmp(work->spaces[i].key, key) != 0)
                i++;
        if (i == work->n_spaces) {
                (void) snprintf(work->spaces[i].key, sizeof work->spaces[i].key, "%s", key);
                work->spaces[i].left = free_bytes;
                work->n_spaces++;
        }
        if (work->spaces[i].left < disk->size_bytes)
                work_fail(work,
                          "%s: there is not enough space for %s: it takes %" PRIu64
                          " bytes and %" PRIu64
                          " are left for it. Free some, take another place, or say Overcommit.",
                          disk->name, disk->path, disk->size_bytes, work->spaces[i].left);
        else
                work->spaces[i].left -= disk->size_bytes;
}

static void on_checked(Work *work, TargetDisk *disk, const char *const *fields) {
        if (storage_kind_parse(fields[0], &disk->kind) < 0 || disk->kind == STORAGE_UNKNOWN ||
            (strcmp(fields[2], "-") != 0 && !storage_mark_is_valid(fields[2])) ||
            (strcmp(fields[1], "1") == 0 && !storage_mark_is_valid(fields[5]))) {
                work_fail(work, "%s: mirror-storage gave an answer that is none.", disk->name);
                return;
        }
        (void) snprintf(disk->place, sizeof disk->place, "%s",
                        strcmp(fields[2], "-") == 0 ? "" : fields[2]);
        disk->is_checked = true;
        if (strcmp(fields[1], "1") == 0) {
                disk->stage = STAGE_FOUND;
                (void) snprintf(disk->identity, sizeof disk->identity, "%s", fields[5]);
        } else
                take_space(work, disk, fields[3], fields[4]);
}

static void on_created(Work *work, TargetDisk *disk, const char *const *fields) {
        if (!storage_mark_is_valid(fields[0])) {
                work_fail(work, "%s: mirror-storage gave an answer that is none.", disk->name);
                return;
        }
        (void) snprintf(disk->identity, sizeof disk->identity, "%s", fields[0]);
        disk->stage = STAGE_MADE;
        if (work_save(work) < 0)
                disk->stage = STAGE_MAKING;
}

static void on_placed(Work *work, TargetDisk *disk) {
        disk->stage = STAGE_PLACED;
        if (work_save(work) < 0)
                disk->stage = STAGE_MADE;
        else
                work_changed(work);
}

static void on_removed(Work *work, TargetDisk *disk, int r, const char *words) {
        free(disk->why);
        disk->why = r < 0 ? strdup(words) : NULL;
        disk->is_checked = true;
        if (r >= 0) {
                disk->stage = STAGE_GONE;
                (void) work_save(work);
                work_changed(work);
        }
}

/* A disk without an identity was written down by an older mirrord, which is all that is known. */
static void on_seen_again(Work *work, TargetDisk *disk, int r, const char *const *fields,
                          const char *words) {
        if (r < 0)
                work_withdraw(work, "%s: %s", disk->name, words);
        else if (work->verb == STORAGE_CHECK && strcmp(fields[1], "1") != 0)
                work_withdraw(work,
                              "%s: %s has gone since it was prepared. Abort the target and prepare "
                              "it again.",
                              disk->name, disk->path);
        else
                work->same = disk;
}

static void on_answer(void *userdata, int r, const char *const *fields, const char *words) {
        Work *work = userdata;
        TargetDisk *disk = work->asked;

        work->question = NULL;
        work_look_soon(work, 0);
        /* It was killed, or had too much to do. Each request can be made twice. */
        if (r == -EAGAIN && may_try_again(work))
                return;
        if (r != -EAGAIN)
                work->storage_usec = 0;
        if (work->verb == STORAGE_REMOVE)
                on_removed(work, disk, r, words);
        else if (work->target->phase == TARGET_PHASE_EXPORTING)
                on_seen_again(work, disk, r, fields, words);
        else if (work->target->phase != TARGET_PHASE_MAKING)
                /* Given up meanwhile. */
                return;
        else if (r < 0)
                work_fail(work, "%s: %s", disk->name, words);
        else if (work->verb == STORAGE_CHECK)
                on_checked(work, disk, fields);
        else if (work->verb == STORAGE_CREATE)
                on_created(work, disk, fields);
        else
                on_placed(work, disk);
}

/* The first that is not as far as it should be. */
static TargetDisk *find_stage(Work *work, TargetStage stage) {
        for (size_t i = 0; i < work->target->n_disks; i++)
                if (work->target->disks[i].stage == stage)
                        return work->target->disks + i;

        return NULL;
}

static TargetDisk *find_unchecked(Work *work) {
        for (size_t i = 0; i < work->target->n_disks; i++)
                if (work->target->disks[i].stage == STAGE_NEW && !work->target->disks[i].is_checked)
                        return work->target->disks + i;

        return NULL;
}

static void ask_or_fail(Work *work, TargetDisk *disk, StorageVerb verb) {
        int r;

        r = ask(work, disk, verb);
        if (r < 0 && r != -EAGAIN)
                work_fail(work, "%s: %s", disk->name, storage_ask_words(r));
}

/* All are looked at before anything is made. */
int work_make(Work *work) {
        TargetDisk *disk;

        if (work->question)
                return 0;
        if ((disk = find_stage(work, STAGE_MADE)))
                ask_or_fail(work, disk, STORAGE_PLACE);
        else if ((disk = find_unchecked(work)))
                ask_or_fail(work, disk, STORAGE_CHECK);
        else if ((disk = find_stage(work, STAGE_MAKING)))
                ask_or_fail(work, disk, STORAGE_CREATE);
        else if ((disk = find_stage(work, STAGE_NEW))) {
                disk->stage = STAGE_MAKING;
                if (work_save(work) < 0)
                        disk->stage = STAGE_NEW;
                work_look_soon(work, disk->stage == STAGE_NEW ? WORK_LOOK_USEC : 0);
        } else
                return 1;

        return 0;
}

int work_see_again(Work *work, TargetDisk *disk) {
        int r;

        if (work->same == disk) {
                work->same = NULL;
                return 1;
        }
        if (work->question)
                return 0;
        r = ask(work, disk, disk->stage == STAGE_FOUND ? STORAGE_CHECK : STORAGE_PLACE);
        if (r < 0 && r != -EAGAIN)
                work_withdraw(work, "%s: %s", disk->name, storage_ask_words(r));

        return 0;
}

/* ---- removing */

static TargetDisk *find_left(Work *work) {
        for (size_t i = 0; i < work->target->n_disks; i++)
                if (target_disk_is_left(work->target->disks + i) && !work->target->disks[i].why)
                        return work->target->disks + i;

        return NULL;
}

int work_remove(Work *work) {
        TargetDisk *disk;
        int r;

        if (work->question)
                return 0;
        disk = find_left(work);
        if (!disk)
                return 1;
        r = ask(work, disk, STORAGE_REMOVE);
        if (r < 0 && r != -EAGAIN) {
                on_removed(work, disk, r, storage_ask_words(r));
                work_look_soon(work, 0);
        }

        return 0;
}
