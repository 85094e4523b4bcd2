/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/target/work.h"

#include "common/log.h"
#include "mirrord/target/work-part.h"

#include <stdarg.h>
#include <string.h>

uint64_t work_now(const Work *work) {
        uint64_t now = 0;

        (void) sd_event_now(work->event, CLOCK_MONOTONIC, &now);
        return now;
}

void work_look_soon(Work *work, uint64_t usec) {
        look_soon(work->timer, usec);
}

void work_look_later(Work *work) {
        work_look_soon(work, work->look_usec);
}

void work_changed(Work *work) {
        work->look_usec = 0;
        work->handler.on_change(work->handler.userdata, work->target);
}

int work_save(Work *work) {
        int r;

        r = work->handler.on_save(work->handler.userdata, work->target);
        if (r < 0)
                log_error_errno(r, "Target %s cannot be written down, and stands still: %m",
                                work->target->id);
        return r;
}

int work_set_phase(Work *work, TargetPhase phase, TargetState state) {
        Target *target = work->target;
        TargetPhase phase_before = target->phase;
        TargetState state_before = target->state;
        int r;

        target->phase = phase;
        target->state = state;
        r = work_save(work);
        if (r < 0) {
                target->phase = phase_before;
                target->state = state_before;
                work_look_soon(work, WORK_LOOK_USEC);
                return r;
        }

        work_changed(work);
        work_look_soon(work, 0);
        return 0;
}

/* The first words stay. */
static _printf_(2, 0) void say(Work *work, const char *format, va_list ap) {
        Target *target = work->target;
        char words[1024];

        if (target->message)
                return;
        (void) vsnprintf(words, sizeof words, format, ap);
        mirror_set_message(&target->message, "%s", words);
        log_warning("Target %s: %s", target->id, words);
}

void work_fail(Work *work, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        say(work, format, ap);
        va_end(ap);
        (void) work_set_phase(work, TARGET_PHASE_REMOVING, TARGET_REMOVING);
}

void work_withdraw(Work *work, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        say(work, format, ap);
        va_end(ap);
        (void) work_set_phase(work, TARGET_PHASE_WITHDRAWING, TARGET_EXPORTING);
}

/* Nothing is left to be done. */
static void rest(Work *work) {
        Target *target = work->target;
        TargetHandler handler = work->handler;

        log_info("Target %s: %s.", target->id, target_state_text(target->state));
        target_work_stop(target);
        handler.on_idle(handler.userdata, target);
}

static void end(Work *work, TargetState state) {
        if (work_set_phase(work, TARGET_PHASE_ENDED, state) >= 0)
                rest(work);
}

/* ---- the phases */

static void step_making(Work *work) {
        if (work_make(work) > 0 &&
            work_set_phase(work, TARGET_PHASE_PREPARED, TARGET_PREPARED) >= 0)
                rest(work);
}

/* What it was exported by and under which names is no more. */
static void forget_export(Target *target) {
        free(target->monitor);
        target->monitor = NULL;
        target->is_served = target->has_server = false;
        for (size_t i = 0; i < target->n_disks; i++)
                target->disks[i].node[0] = '\0';
}

static void step_withdrawing(Work *work) {
        if (work_take_back(work) <= 0)
                return;
        forget_export(work->target);
        if (work_set_phase(work, TARGET_PHASE_PREPARED, TARGET_PREPARED) >= 0)
                rest(work);
}

static void step_committing(Work *work) {
        Target *target = work->target;

        if (work_take_back(work) <= 0)
                return;
        target->has_server = false;
        for (size_t i = 0; i < target->n_disks; i++)
                if (target->disks[i].stage == STAGE_PLACED)
                        target->disks[i].stage = STAGE_KEPT;
        /* All has gone by now, whatever was in the way. */
        free(target->message);
        target->message = NULL;
        end(work, TARGET_KEPT);
}

static void count_leftovers(Target *target) {
        size_t n = 0;

        for (size_t i = 0; i < target->n_disks; i++)
                if (target_disk_is_left(target->disks + i) && n++ == 0 && !target->message)
                        mirror_set_message(&target->message,
                                           "%s could not be removed: %s When that is put right: "
                                           "“npivot mirror gc”.",
                                           target->disks[i].path, target->disks[i].why ?: "");
}

static void step_removing(Work *work) {
        Target *target = work->target;

        if (work_take_back(work) <= 0)
                return;
        if (target->monitor) {
                forget_export(target);
                work_changed(work);
        }
        if (work_remove(work) <= 0)
                return;
        count_leftovers(target);
        end(work, target->message ? TARGET_FAILED : TARGET_REMOVED);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Work *work = userdata;

        work->look_usec = look_next_usec(work->look_usec);
        switch (work->target->phase) {
        case TARGET_PHASE_MAKING:
                step_making(work);
                break;
        case TARGET_PHASE_EXPORTING:
                work_export(work);
                break;
        case TARGET_PHASE_WITHDRAWING:
                step_withdrawing(work);
                break;
        case TARGET_PHASE_COMMITTING:
                step_committing(work);
                break;
        case TARGET_PHASE_REMOVING:
                step_removing(work);
                break;
        default:
                rest(work);
        }
        return 0;
}

/* ---- from outside */

void target_work_wake(Target *target) {
        Work *work = target->work;

        if (!work)
                return;
        /* Whoever makes a file for nobody takes it back; volumes are waited for. */
        if (work->question && target->phase == TARGET_PHASE_REMOVING &&
            work->asked->kind != STORAGE_VOLUME)
                work_forget_question(work);
        work_look_soon(work, 0);
}

void target_work_stop(Target *target) {
        Work *work = TAKE_PTR(target->work);

        if (!work)
                return;
        work_forget_question(work);
        work_forget_qemu(work);
        work_forget_units(work);
        (void) sd_event_source_disable_unref(work->timer);
        free(work);
}

static void init_units(Work *work) {
        for (size_t i = 0; i < work->target->n_disks; i++)
                for (TargetUnit unit = 0; unit < _TARGET_UNIT_MAX; unit++)
                        work->units[i][unit] = (WorkUnit){ .work = work,
                                                           .disk = work->target->disks + i,
                                                           .unit = unit };
}

int target_work_start(sd_event *event, sd_bus *bus, Target *target, const TargetHandler *handler) {
        Work *work;
        int r;

        work = calloc(1, sizeof *work);
        if (!work)
                return -ENOMEM;
        work->target = target;
        work->event = event;
        work->bus = bus;
        work->handler = *handler;
        target->work = work;
        init_units(work);
        r = sd_event_add_time(event, &work->timer, CLOCK_MONOTONIC, 0, LOOK_ACCURACY_USEC, on_timer,
                              work);
        if (r < 0)
                target_work_stop(target);

        return r;
}
