/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/mirrors.h"

#include "common/file.h"
#include "common/log.h"
#include "mirrord/legacy.h"
#include "mirrord/mirror-store.h"

#include <string.h>

static const struct {
        int (*start)(sd_event *event, sd_bus *bus, Mirror *mirror, const EngineHandler *handler);
        void (*stop)(Mirror *mirror);
        void (*wake)(Mirror *mirror);
} engines[_MIRROR_KIND_MAX] = {
        [MIRROR_QEMU] = { engine_start, engine_stop, engine_wake },
        [MIRROR_LEGACY] = { legacy_start, legacy_stop, legacy_wake },
};

static int on_save(void *userdata, Mirror *mirror) {
        const Mirrors *mirrors = userdata;

        return mirror_store_write(mirrors->dir_fd, mirror);
}

static void on_change(void *userdata, Mirror *mirror) {
        Mirrors *mirrors = userdata;

        mirrors->observer.on_change(mirrors->observer.userdata, mirror);
}

static int start(Mirrors *mirrors, Mirror *mirror) {
        const EngineHandler handler = { on_save, on_change, mirrors };

        return engines[mirror->kind].start(mirrors->event, mirrors->bus, mirror, &handler);
}

static void insert(Mirrors *mirrors, Mirror *mirror) {
        TAILQ_INSERT_TAIL(&mirrors->list, mirror, mirrors);
        mirrors->n++;
        mirrors->observer.on_added(mirrors->observer.userdata, mirror);
}

static void restore(Mirrors *mirrors, const char *name) {
        char words[MIRROR_STORE_WORDS_MAX];
        Mirror *mirror;
        unsigned id;
        int r;

        r = mirror_store_read(mirrors->dir_fd, name, &mirror, words);
        if (r < 0) {
                log_message_errno(LOG_WARNING, r, MIRROR_STORE_DIR "/%s is left alone: %s", name,
                                  words);
                return;
        }
        if (sscanf(mirror->id, "%9u", &id) == 1 && id > mirrors->last_id)
                mirrors->last_id = id;
        /* One that is begun again is not ready, whatever it was before. */
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->phase == PHASE_MIRRORING && mirror->state != MIRROR_NEW &&
                    mirror->disks[i].again != AGAIN_NOTHING)
                        mirror->state = MIRROR_COPYING;
        if (mirror->phase == PHASE_ENDED)
                mirror_recall_disks(mirror);
        insert(mirrors, mirror);
        if (mirror->phase == PHASE_ENDED)
                return;

        r = start(mirrors, mirror);
        if (r < 0)
                log_error_errno(r, "Cannot go on with mirror %s: %m", mirror->id);
        else
                log_info("Goes on with mirror %s, which is %s.", mirror->id,
                         mirror_phase_text(mirror->phase));
}

static int restore_all(Mirrors *mirrors) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *entry;
        int r;

        r = dir_list(mirrors->dir_fd, ".", &dir);
        if (r < 0)
                return r;
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        restore(mirrors, entry->d_name);

        return 0;
}

int mirrors_open(Mirrors *mirrors, sd_event *event, sd_bus *bus) {
        mirrors->event = event;
        mirrors->bus = bus;
        TAILQ_INIT(&mirrors->list);
        mirrors->dir_fd = dir_open(MIRROR_STORE_DIR, true, 0700);
        if (mirrors->dir_fd < 0)
                return mirrors->dir_fd;
        (void) file_remove_leftovers(mirrors->dir_fd);

        return restore_all(mirrors);
}

void mirrors_done(Mirrors *mirrors) {
        Mirror *mirror;

        while (mirrors->n > 0 && (mirror = TAILQ_FIRST(&mirrors->list))) {
                TAILQ_REMOVE(&mirrors->list, mirror, mirrors);
                mirrors->n--;
                engines[mirror->kind].stop(mirror);
                (void) mirror_free(mirror);
        }
        closep(&mirrors->dir_fd);
}

bool mirrors_are_known(const Mirrors *mirrors) {
        const Mirror *mirror;

        TAILQ_FOREACH(mirror, &mirrors->list, mirrors)
                if (mirror->kind == MIRROR_QEMU && !engine_is_known(mirror))
                        return false;

        return true;
}

Mirror *mirrors_find(const Mirrors *mirrors, const char *id) {
        Mirror *mirror;

        TAILQ_FOREACH(mirror, &mirrors->list, mirrors)
                if (strcmp(mirror->id, id) == 0)
                        return mirror;

        return NULL;
}

static bool have_common_node(const Mirror *a, const Mirror *b) {
        if (strcmp(a->monitor, b->monitor) != 0)
                return false;
        /* All disks of that QEMU. */
        if (a->kind == MIRROR_LEGACY || b->kind == MIRROR_LEGACY)
                return true;
        for (size_t i = 0; i < a->n_disks; i++)
                for (size_t k = 0; k < b->n_disks; k++)
                        if (strcmp(a->disks[i].node, b->disks[k].node) == 0)
                                return true;

        return false;
}

/* What an earlier mirror of the same name has left in QEMU is no part of this one: its job may be
 * ready, with another target. */
static void take_apart_first(Mirror *mirror) {
        for (size_t i = 0; mirror->kind == MIRROR_QEMU && i < mirror->n_disks; i++)
                mirror->disks[i].again = AGAIN_CHANNEL;
}

int mirrors_add(Mirrors *mirrors, Mirror *mirror, const Mirror **ret_other) {
        Mirror *other;
        int r;

        if (mirrors->n >= MIRRORS_MAX)
                return -EUSERS;
        TAILQ_FOREACH(other, &mirrors->list, mirrors)
                if (other->phase != PHASE_ENDED && have_common_node(mirror, other)) {
                        *ret_other = other;
                        return -EEXIST;
                }

        take_apart_first(mirror);
        if (!*mirror->id)
                (void) snprintf(mirror->id, sizeof mirror->id, "%u", ++mirrors->last_id);
        r = mirror_store_write(mirrors->dir_fd, mirror);
        if (r < 0)
                return r;
        r = start(mirrors, mirror);
        if (r < 0) {
                (void) mirror_store_remove(mirrors->dir_fd, mirror);
                return r;
        }

        insert(mirrors, mirror);
        return 0;
}

/* Written down first: what is asked for is done by whichever mirrord there is. */
static int set_phase(Mirrors *mirrors, Mirror *mirror, MirrorPhase phase, MirrorState state) {
        MirrorPhase phase_before = mirror->phase;
        MirrorState state_before = mirror->state;
        int r;

        mirror->phase = phase;
        mirror->state = state;
        r = mirror_store_write(mirrors->dir_fd, mirror);
        if (r < 0) {
                mirror->phase = phase_before;
                mirror->state = state_before;
                return r;
        }

        on_change(mirrors, mirror);
        engines[mirror->kind].wake(mirror);
        return 0;
}

int mirrors_switch(Mirrors *mirrors, Mirror *mirror) {
        if (mirror->phase == PHASE_SWITCHING || mirror->state == MIRROR_DONE)
                return 0;
        if (mirror->kind == MIRROR_LEGACY)
                return -ENOSYS;
        if (mirror->state != MIRROR_READY || mirror->is_paused)
                return -EAGAIN;

        return set_phase(mirrors, mirror, PHASE_SWITCHING, MIRROR_SWITCHING);
}

int mirrors_abort(Mirrors *mirrors, Mirror *mirror) {
        if (mirror->phase == PHASE_ABORTING || mirror->phase == PHASE_ENDED)
                return 0;
        /* Nobody does anything about it: there was no memory to go on with it. */
        if (!mirror->engine)
                return set_phase(mirrors, mirror, PHASE_ENDED, MIRROR_CANCELLED);

        return set_phase(mirrors, mirror, PHASE_ABORTING, MIRROR_CANCELLING);
}

static void tell_change(Mirrors *mirrors, Mirror *mirror) {
        on_change(mirrors, mirror);
        engines[mirror->kind].wake(mirror);
}

int mirrors_pause(Mirrors *mirrors, Mirror *mirror, bool is_paused) {
        bool before = mirror->is_paused;
        int r;

        if (mirror->kind == MIRROR_LEGACY)
                return -ENOSYS;
        if (mirror->is_paused == is_paused)
                return 0;
        if (mirror->phase != PHASE_MIRRORING || mirror->state == MIRROR_NEW)
                return -EAGAIN;
        mirror->is_paused = is_paused;
        r = mirror_store_write(mirrors->dir_fd, mirror);
        if (r < 0) {
                mirror->is_paused = before;
                return r;
        }

        tell_change(mirrors, mirror);
        return 0;
}

static bool can_verify(const Mirror *mirror) {
        for (size_t i = 0; i < mirror->n_disks; i++)
                if (mirror->disks[i].verify_port == 0)
                        return false;

        return true;
}

int mirrors_verify(Mirrors *mirrors, Mirror *mirror) {
        int r;

        if (mirror->kind == MIRROR_LEGACY)
                return -ENOSYS;
        /* A sample is not what is asked for. */
        if (mirror->state == MIRROR_VERIFYING &&
            (mirror->is_verifying_again || mirror->verify == VERIFY_ALWAYS))
                return 0;
        if (mirror->phase != PHASE_MIRRORING || mirror->state != MIRROR_READY || mirror->is_paused)
                return -EAGAIN;
        if (!can_verify(mirror))
                return -ENOTSUP;
        mirror->is_verifying_again = true;
        for (size_t i = 0; i < mirror->n_disks; i++)
                mirror->disks[i].proof = PROOF_PENDING;
        mirror->state = MIRROR_VERIFYING;
        r = mirror_store_write(mirrors->dir_fd, mirror);

        /* What could not be written down is verified all the same. */
        tell_change(mirrors, mirror);
        return r;
}

int mirrors_set_speed(Mirrors *mirrors, Mirror *mirror, uint64_t speed) {
        uint64_t before = mirror->speed;
        int r;

        mirror->speed = speed;
        r = mirror_store_write(mirrors->dir_fd, mirror);
        if (r < 0) {
                mirror->speed = before;
                return r;
        }

        tell_change(mirrors, mirror);
        return 0;
}

int mirrors_forget(Mirrors *mirrors, Mirror *mirror) {
        int r;

        if (mirror->phase != PHASE_ENDED)
                return -EAGAIN;
        r = mirror_store_remove(mirrors->dir_fd, mirror);
        if (r < 0 && r != -ENOENT)
                return r;

        mirrors->observer.on_removed(mirrors->observer.userdata, mirror);
        TAILQ_REMOVE(&mirrors->list, mirror, mirrors);
        mirrors->n--;
        (void) mirror_free(mirror);
        return 0;
}
