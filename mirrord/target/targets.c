/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/targets.h"

#include "common/file.h"
#include "common/log.h"
#include "mirrord/target/target-store.h"

#include <string.h>

/* Of what is in the kernel's hands by now, more cannot be known. */
static int save(const Targets *targets, const Target *target) {
        int r;

        r = target_store_write(targets->dir_fd, target);
        return r == -EINPROGRESS ? 0 : r;
}

static int on_save(void *userdata, Target *target) {
        return save(userdata, target);
}

static void changed(Targets *targets, Target *target) {
        if (!target->is_forgotten)
                targets->observer.on_change(targets->observer.userdata, target);
}

static void on_change(void *userdata, Target *target) {
        changed(userdata, target);
}

static void drop(Targets *targets, Target *target) {
        TAILQ_REMOVE(&targets->list, target, targets);
        targets->n--;
        (void) target_free(target);
}

/* Nothing is known of it any more, neither here nor in the ledger. */
static int erase(Targets *targets, Target *target) {
        int r;

        r = target_store_remove(targets->dir_fd, target);
        if (r < 0 && r != -ENOENT && r != -EINPROGRESS)
                return r;

        drop(targets, target);
        return 0;
}

static void on_idle(void *userdata, Target *target) {
        Targets *targets = userdata;
        int r;

        if (target->is_forgotten && !target_has_leftovers(target)) {
                r = erase(targets, target);
                if (r < 0)
                        log_error_errno(r, "Cannot forget target %s: %m", target->id);
        }
        targets->observer.on_collected(targets->observer.userdata);
}

static int start(Targets *targets, Target *target) {
        const TargetHandler handler = { on_save, on_change, on_idle, targets };

        return target_work_start(targets->event, targets->bus, target, &handler);
}

static bool is_at_rest(const Target *target) {
        return target->phase == TARGET_PHASE_PREPARED || target->phase == TARGET_PHASE_ENDED;
}

static void insert(Targets *targets, Target *target) {
        TAILQ_INSERT_TAIL(&targets->list, target, targets);
        targets->n++;
        if (!target->is_forgotten)
                targets->observer.on_added(targets->observer.userdata, target);
}

static void restore(Targets *targets, const char *name) {
        char words[TARGET_STORE_WORDS_MAX];
        Target *target;
        int r;

        r = target_store_read(targets->dir_fd, name, &target, words);
        if (r < 0) {
                log_message_errno(LOG_WARNING, r, TARGET_STORE_DIR "/%s is left alone: %s", name,
                                  words);
                return;
        }
        insert(targets, target);
        if (is_at_rest(target))
                return;

        r = start(targets, target);
        if (r < 0)
                log_error_errno(r, "Cannot go on with target %s: %m", target->id);
        else
                log_info("Goes on with target %s, which is %s.", target->id,
                         target_phase_text(target->phase));
}

static int restore_all(Targets *targets) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(targets->dir_fd, ".", &dir);
        if (r < 0)
                return r;
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        restore(targets, entry->d_name);

        return 0;
}

int targets_open(Targets *targets, sd_event *event, sd_bus *bus) {
        _cleanup_close_ int parent_fd = -EBADF;

        targets->event = event;
        targets->bus = bus;
        TAILQ_INIT(&targets->list);
        parent_fd = dir_open(TARGET_STORE_PARENT, true, 0700);
        if (parent_fd < 0)
                return parent_fd;
        targets->dir_fd = dir_open(TARGET_STORE_DIR, true, 0700);
        if (targets->dir_fd < 0)
                return targets->dir_fd;
        (void) file_remove_leftovers(targets->dir_fd);

        return restore_all(targets);
}

void targets_done(Targets *targets) {
        Target *target;

        while (targets->n > 0 && (target = TAILQ_FIRST(&targets->list))) {
                target_work_stop(target);
                drop(targets, target);
        }
        closep(&targets->dir_fd);
}

static Target *find_any(const Targets *targets, const char *id) {
        Target *target;

        TAILQ_FOREACH(target, &targets->list, targets)
                if (strcmp(target->id, id) == 0)
                        return target;

        return NULL;
}

Target *targets_find(const Targets *targets, const char *id) {
        Target *target = find_any(targets, id);

        return target && !target->is_forgotten ? target : NULL;
}

static bool have_common_path(const Target *a, const Target *b) {
        for (size_t i = 0; i < a->n_disks; i++)
                for (size_t k = 0; k < b->n_disks; k++)
                        if (strcmp(a->disks[i].path, b->disks[k].path) == 0)
                                return true;

        return false;
}

int targets_add(Targets *targets, Target *target, const Target **ret_other) {
        Target *other = find_any(targets, target->id);
        int r;

        if (other) {
                *ret_other = other;
                return -EEXIST;
        }
        TAILQ_FOREACH(other, &targets->list, targets)
                if ((other->phase != TARGET_PHASE_ENDED || target_has_leftovers(other)) &&
                    have_common_path(target, other)) {
                        *ret_other = other;
                        return -EEXIST;
                }
        if (targets->n >= TARGETS_MAX)
                return -EUSERS;

        r = save(targets, target);
        if (r < 0)
                return r;
        r = start(targets, target);
        if (r < 0) {
                (void) target_store_remove(targets->dir_fd, target);
                return r;
        }

        insert(targets, target);
        return 0;
}

/* Written down first: what is asked for is done by whichever mirrord there is. */
static int set_phase(Targets *targets, Target *target, TargetPhase phase, TargetState state) {
        TargetPhase phase_before = target->phase;
        TargetState state_before = target->state;
        int r;

        target->phase = phase;
        target->state = state;
        r = save(targets, target);
        if (r >= 0 && !target->work)
                r = start(targets, target);
        if (r < 0) {
                target->phase = phase_before;
                target->state = state_before;
                return r;
        }

        changed(targets, target);
        target_work_wake(target);
        return 0;
}

static void forget_words(Target *target) {
        free(target->message);
        target->message = NULL;
        for (size_t i = 0; i < target->n_disks; i++) {
                free(target->disks[i].why);
                target->disks[i].why = NULL;
        }
}

int targets_export(Targets *targets, Target *target, const char *monitor, bool is_served) {
        char *copy;
        int r;

        if (target->phase != TARGET_PHASE_PREPARED)
                return -EAGAIN;
        copy = strdup(monitor);
        if (!copy)
                return -ENOMEM;
        free(target->monitor);
        target->monitor = copy;
        target->is_served = is_served;
        forget_words(target);
        r = set_phase(targets, target, TARGET_PHASE_EXPORTING, TARGET_EXPORTING);
        if (r < 0) {
                free(target->monitor);
                target->monitor = NULL;
        }

        return r;
}

int targets_commit(Targets *targets, Target *target) {
        if (target->phase == TARGET_PHASE_COMMITTING || target->state == TARGET_KEPT)
                return 0;
        if (target->phase != TARGET_PHASE_PREPARED && target->phase != TARGET_PHASE_EXPORTING &&
            target->phase != TARGET_PHASE_WITHDRAWING)
                return -EAGAIN;

        forget_words(target);
        return set_phase(targets, target, TARGET_PHASE_COMMITTING, TARGET_COMMITTING);
}

int targets_abort(Targets *targets, Target *target) {
        if (target->phase == TARGET_PHASE_COMMITTING || target->state == TARGET_KEPT)
                return -EAGAIN;
        if (target->phase == TARGET_PHASE_REMOVING ||
            (target->phase == TARGET_PHASE_ENDED && !target_has_leftovers(target)))
                return 0;

        forget_words(target);
        return set_phase(targets, target, TARGET_PHASE_REMOVING, TARGET_REMOVING);
}

int targets_forget(Targets *targets, Target *target) {
        int r;

        if (target->phase != TARGET_PHASE_ENDED)
                return -EAGAIN;
        if (!target_has_leftovers(target)) {
                targets->observer.on_removed(targets->observer.userdata, target);
                return erase(targets, target);
        }

        target->is_forgotten = true;
        r = save(targets, target);
        if (r < 0) {
                target->is_forgotten = false;
                return r;
        }
        targets->observer.on_removed(targets->observer.userdata, target);
        return 0;
}

bool targets_is_garbage(const Target *target) {
        return (target->state == TARGET_FAILED || target->is_forgotten) &&
               target_has_leftovers(target);
}

size_t targets_collect(Targets *targets) {
        Target *target, *next;

        for (target = TAILQ_FIRST(&targets->list); target; target = next) {
                next = TAILQ_NEXT(target, targets);
                if (target->phase != TARGET_PHASE_ENDED || !targets_is_garbage(target))
                        continue;
                for (size_t i = 0; i < target->n_disks; i++) {
                        free(target->disks[i].why);
                        target->disks[i].why = NULL;
                }
                (void) set_phase(targets, target, TARGET_PHASE_REMOVING, TARGET_REMOVING);
        }

        return targets_count_collecting(targets);
}

size_t targets_count_collecting(const Targets *targets) {
        Target *target;
        size_t n = 0;

        TAILQ_FOREACH(target, &targets->list, targets)
                n += target->phase == TARGET_PHASE_REMOVING;

        return n;
}
