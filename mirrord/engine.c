/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/engine.h"

#include "common/log.h"
#include "mirrord/engine-part.h"

#include <string.h>

/* Of a QEMU that does not answer; of one whose socket nobody listens on, which has ended. */
#define LOST_USEC (60 * 1000 * 1000ULL)
#define GONE_USEC (5 * 1000 * 1000ULL)

Engine *engine_of_disk(const MirrorDisk *disk) {
        return disk->mirror->engine;
}

EnginePart *engine_part(const MirrorDisk *disk) {
        return engine_of_disk(disk)->parts + (disk - disk->mirror->disks);
}

uint64_t engine_now(const Engine *engine) {
        uint64_t now = 0;

        (void) sd_event_now(engine->event, CLOCK_MONOTONIC, &now);
        return now;
}

void engine_look_soon(Engine *engine, uint64_t usec) {
        look_soon(engine->timer, usec);
}

void engine_look_later(Engine *engine) {
        engine->look_usec = look_next_usec(engine->look_usec);
        engine_look_soon(engine, engine->look_usec);
}

void engine_changed(Engine *engine) {
        engine->look_usec = 0;
        engine->handler.on_change(engine->handler.userdata, engine->mirror);
}

int engine_save(Engine *engine) {
        int r;

        r = engine->handler.on_save(engine->handler.userdata, engine->mirror);
        if (r < 0)
                log_error_errno(r, "Mirror %s cannot be written down, and stands still: %m",
                                engine->mirror->id);
        return r;
}

void engine_set_disk(MirrorDisk *disk, DiskState state) {
        if (disk->state == state)
                return;
        disk->state = state;
        engine_changed(engine_of_disk(disk));
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        Engine *engine = userdata;

        /* Before anything is asked: a QEMU that waits for a frozen target answers nothing. */
        if (engine->mirror->phase == PHASE_ABORTING)
                engine_take_relays_down(engine);
        if (engine->lost_usec == 0)
                engine_look(engine);
        else if (engine_now(engine) - engine->lost_usec <=
                 (engine->is_gone ? GONE_USEC : LOST_USEC))
                engine_look_soon(engine, ENGINE_LOOK_USEC);
        else if (engine->is_gone)
                engine_give_up(engine);
        else
                engine_wait_on(engine);
        return 0;
}

static void on_ready(void *userdata, const QmpVersion *version) {
        Engine *engine = userdata;

        engine->lost_usec = 0;
        engine->is_waiting = false;
        engine->is_silent = false;
        engine->uid = version->uid;
        engine->is_checked = false;
        engine_look_soon(engine, 0);
}

static void on_event(void *userdata, const char *name, const JsonValue *data) {
        if (strcmp(name, "JOB_STATUS_CHANGE") == 0 || strncmp(name, "BLOCK_JOB_", 10) == 0)
                engine_look_soon(userdata, 0);
}

/* What was asked has been answered by now, with nothing. */
static void on_lost(void *userdata, int error, const char *words) {
        Engine *engine = userdata;

        engine->is_looking = false;
        engine->is_gone = error == -ECONNREFUSED || error == -ENOENT;
        for (size_t i = 0; i < engine->mirror->n_disks; i++)
                if (!engine->parts[i].question && !engine->parts[i].slot)
                        engine->mirror->disks[i].is_busy = false;
        if (engine->lost_usec == 0)
                engine->lost_usec = engine_now(engine);
        engine_look_soon(engine, ENGINE_LOOK_USEC);
}

/* ---- from outside */

bool engine_is_known(const Mirror *mirror) {
        const Engine *engine = mirror->engine;

        return !engine || mirror->phase != PHASE_MIRRORING || engine->is_known;
}

void engine_wake(Mirror *mirror) {
        if (mirror->engine)
                engine_look_soon(mirror->engine, 0);
}

void engine_stop(Mirror *mirror) {
        Engine *engine = TAKE_PTR(mirror->engine);

        if (!engine)
                return;
        for (size_t i = 0; i < MIRROR_DISKS_MAX; i++) {
                (void) question_free(engine->parts[i].question);
                (void) question_free(engine->parts[i].limit_question);
                (void) sd_bus_slot_unref(engine->parts[i].slot);
        }
        engine_proof_stop(engine);
        (void) sd_event_source_disable_unref(engine->timer);
        /* Maybe from inside one of its callbacks. */
        qmp_free_later(engine->qmp);
        free(engine);
}

int engine_start(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler) {
        Engine *engine;
        const QmpHandler qmp_handler = { on_ready, on_event, on_lost, NULL };
        QmpHandler own = qmp_handler;
        int r;

        engine = calloc(1, sizeof *engine);
        if (!engine)
                return -ENOMEM;
        *engine = (Engine){ .mirror = mirror, .event = event, .bus = bus, .handler = *handler };
        own.userdata = engine;
        mirror->engine = engine;
        r = sd_event_add_time(event, &engine->timer, CLOCK_MONOTONIC, UINT64_MAX,
                              LOOK_ACCURACY_USEC, on_timer, engine);
        if (r >= 0)
                r = sd_event_source_set_enabled(engine->timer, SD_EVENT_OFF);
        if (r >= 0)
                r = qmp_new(event, mirror->monitor, 0, &own, &engine->qmp);
        if (r < 0)
                engine_stop(mirror);

        return r;
}
