/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "mirrord/engine-part.h"

/* What cannot be written down is not done: it comes to the same at the next look. */
static int set_phase(Engine *engine, MirrorPhase phase, MirrorState state) {
        Mirror *mirror = engine->mirror;
        MirrorPhase phase_before = mirror->phase;
        MirrorState state_before = mirror->state;
        int r;

        mirror->phase = phase;
        mirror->state = state;
        r = engine_save(engine);
        if (r < 0) {
                mirror->phase = phase_before;
                mirror->state = state_before;
                engine_look_soon(engine, ENGINE_LOOK_USEC);
                return r;
        }

        engine_changed(engine);
        engine_look_soon(engine, 0);
        return 0;
}

/* One disk that fails takes the others with it: half a guest is none. */
void engine_fail_disk(MirrorDisk *disk, const char *format, ...) {
        Engine *engine = engine_of_disk(disk);
        char words[512];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(words, sizeof words, format, ap);
        va_end(ap);
        /* What goes on failing is said once. */
        if (!disk->message)
                log_warning("Mirror %s: %s: %s", engine->mirror->id, disk->name, words);
        mirror_set_message(&disk->message, "%s", words);
        mirror_set_message(&engine->mirror->message, "%s: %s", disk->name, words);
        engine_set_disk(disk, DISK_FAILED);
        if (engine->mirror->phase == PHASE_MIRRORING || engine->mirror->phase == PHASE_SWITCHING)
                (void) set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

int engine_fail(Engine *engine, const char *words) {
        mirror_set_message(&engine->mirror->message, "%s", words);
        return set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

/* Nothing is left to be done: what became of it is what people see from now on. */
void engine_end(Engine *engine) {
        Mirror *mirror = engine->mirror;
        MirrorState state = MIRROR_CANCELLED;

        if (mirror->phase == PHASE_SWITCHING)
                state = MIRROR_DONE;
        else if (mirror->message)
                state = MIRROR_FAILED;
        mirror_stand_still(mirror);
        if (set_phase(engine, PHASE_ENDED, state) < 0)
                return;

        log_info("Mirror %s: %s.", mirror->id, mirror_state_text(mirror->state));
        engine_stop(mirror);
}

/* QEMU is there, and our jobs in it: they are ended once it answers again. One that is being
 * finished may be finished by now. */
static int give_up_waiting(Engine *engine) {
        Mirror *mirror = engine->mirror;

        log_warning("Mirror %s: QEMU's monitor at %s does not answer: another client may have it.",
                    mirror->id, mirror->monitor);
        if (mirror->phase == PHASE_SWITCHING)
                return 0;
        mirror_set_message(&mirror->message,
                           "QEMU's monitor at %s does not answer: another client may have it. What "
                           "is left in QEMU is removed when it does.",
                           mirror->monitor);
        engine_take_relays_down(engine);
        engine_take_verifiers_down(engine);

        return set_phase(engine, PHASE_ABORTING, MIRROR_CANCELLING);
}

void engine_wait_on(Engine *engine) {
        engine_look_soon(engine, ENGINE_LOOK_USEC);
        if (!engine->is_waiting)
                engine->is_waiting = give_up_waiting(engine) >= 0;
}

static bool is_finished(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (!mirror->disks[i].is_finished)
                        return false;

        return true;
}

/* Its jobs went with it, and the guest. Relays are all that may be left. */
void engine_give_up(Engine *engine) {
        bool is_done = engine->mirror->phase == PHASE_SWITCHING && is_finished(engine->mirror);

        if (!is_done)
                mirror_set_message(&engine->mirror->message,
                                   "QEMU has ended: nobody listens at its monitor, %s.",
                                   engine->mirror->monitor);
        engine_take_relays_down(engine);
        engine_take_verifiers_down(engine);
        engine_remove_server(engine);
        if (!is_done)
                engine->mirror->phase = PHASE_ABORTING;
        engine_end(engine);
}
