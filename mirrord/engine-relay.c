/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <string.h>

/* As long as there is no relay: the mirror that fails with it has time to say why. */
#define GONE_USEC (1000 * 1000ULL)

/* At most so long its relay is waited for, to be told that it takes long. */
#define TELL_USEC (5 * 1000 * 1000ULL)

#define FLUSH_BLOCKING_MSEC 30000
#define FLUSH_AGAIN_MSEC 120000

static void fail_relay(MirrorDisk *disk) {
        MirrorPart name;

        engine_lose_channel(disk,
                            "its relay does not reach the other host at %s port %u: “journalctl -u "
                            "mirror-relay@%s” says why.",
                            disk->mirror->address, disk->port, mirror_relay_name(disk, name));
}

static void on_relay(void *userdata, int r, const char *answer) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);
        RelayStatus status;

        engine_part(disk)->question = NULL;
        disk->is_busy = false;
        /* Given up meanwhile: nothing more is made for it. */
        if (disk->mirror->phase != PHASE_MIRRORING)
                return;
        if (r >= 0)
                r = relay_parse_status(answer, &status);
        if (r >= 0 &&
            (strcmp(status.state, "waiting") == 0 || strcmp(status.state, "running") == 0)) {
                engine_part(disk)->rtt_usec = status.rtt_usec;
                engine_add_node(engine->qmp, disk);
                return;
        }
        if (engine_now(engine) > engine_part(disk)->relay_usec)
                fail_relay(disk);
}

static int ask_relay(MirrorDisk *disk, const char *request, QuestionFunc func, Question **ret) {
        DiskUnitPath path;

        return relay_ask(engine_of_disk(disk)->event,
                         disk_unit_path(UNIT_RELAY, disk, "control", path), request, func, disk,
                         ret);
}

static int on_unit_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        MirrorDisk *disk = userdata;
        EnginePart *part = engine_part(disk);

        part->slot = sd_bus_slot_unref(part->slot);
        disk->is_busy = false;
        if (sd_bus_message_is_method_error(reply, NULL) && disk->mirror->phase == PHASE_MIRRORING)
                engine_fail_disk(disk, "its relay cannot be started: %s",
                                 sd_bus_message_get_error(reply)->message);
        else
                engine_look_soon(engine_of_disk(disk), ENGINE_LOOK_USEC / 10);
        return 0;
}

static void start_relay(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);
        int r;

        r = relay_unit_write(disk, engine->uid);
        if (r >= 0)
                r = disk_unit_start(UNIT_RELAY, engine->bus, disk, on_unit_started, disk,
                                    &part->slot);
        if (r < 0) {
                engine_fail_disk(disk, "its relay cannot be started: %s", strerror(-r));
                return;
        }

        disk->is_busy = true;
        part->relay_usec = engine_now(engine) + ENGINE_RELAY_USEC;
        engine_set_disk(disk, DISK_RELAY);
}

/* systemd forgets a relay that has failed. */
static int on_unit_found(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        MirrorDisk *disk = userdata;
        EnginePart *part = engine_part(disk);

        part->slot = sd_bus_slot_unref(part->slot);
        disk->is_busy = false;
        if (sd_bus_message_is_method_error(reply, NULL) && disk->mirror->phase == PHASE_MIRRORING)
                fail_relay(disk);
        return 0;
}

static void look_for_unit(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);

        if (engine_now(engine) > part->relay_usec)
                fail_relay(disk);
        else
                disk->is_busy = disk_unit_find(UNIT_RELAY, engine->bus, disk, on_unit_found, disk,
                                               &part->slot) >= 0;
}

/* A relay of an earlier mirrord is found by its socket. */
void engine_look_for_relay(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);
        int r;

        if (engine_now(engine) < part->again_usec)
                return;
        r = ask_relay(disk, "status", on_relay, &part->question);
        disk->is_busy = r >= 0;
        if (r >= 0) {
                if (part->relay_usec == 0)
                        part->relay_usec = engine_now(engine) + ENGINE_RELAY_USEC;
                engine_set_disk(disk, DISK_RELAY);
        } else if (part->relay_usec == 0)
                start_relay(disk);
        else
                look_for_unit(disk);
}

/*
 * A flush is an answer that is owed, and a disk that is well may take minutes for it: what was
 * copied is in the caches of the target. QEMU's mirror has it flushed when all is copied, right
 * before it is ready, and again at its end, when it is little (block/mirror.c, mirror_flush()). Of
 * a write-blocking one it may be a write of the guest that is owed.
 */
static uint32_t flush_msec(const MirrorDisk *disk) {
        const EnginePart *part = engine_part(disk);

        if (part->flush_usec > 0)
                return engine_is_incremental(disk) ? ENGINE_FLUSH_MSEC : FLUSH_AGAIN_MSEC;
        if (part->is_at_its_end)
                return disk->mirror->is_write_blocking ? FLUSH_BLOCKING_MSEC : ENGINE_FLUSH_MSEC;

        return 0;
}

static EngineLimits wanted(const MirrorDisk *disk) {
        uint32_t stall_msec = mirror_stall_msec(disk->mirror), msec = flush_msec(disk);

        return (EngineLimits){ disk->mirror->speed, stall_msec > msec ? stall_msec : msec };
}

static bool are_same(const EngineLimits *a, const EngineLimits *b) {
        return a->speed == b->speed && a->stall_msec == b->stall_msec;
}

static void on_stall(void *userdata, int r, const char *answer) {
        EnginePart *part = engine_part(userdata);

        part->limit_question = NULL;
        part->has_limits = r >= 0;
        part->told = part->asked;
}

/* One question at a time. */
static void on_limit(void *userdata, int r, const char *answer) {
        EnginePart *part = engine_part(userdata);
        char request[64];

        part->limit_question = NULL;
        (void) snprintf(request, sizeof request, "stall %" PRIu32, part->asked.stall_msec);
        if (r >= 0)
                (void) ask_relay(userdata, request, on_stall, &part->limit_question);
}

static void on_status(void *userdata, int r, const char *answer) {
        engine_part(userdata)->limit_question = NULL;
}

/* An idle mirror does not notice by itself that its channel has gone; one that fails with it does,
 * and has the first word. */
static void follow(MirrorDisk *disk, int r) {
        uint64_t now = engine_now(engine_of_disk(disk));
        EnginePart *part = engine_part(disk);
        MirrorPart name;

        if (r != -ENOENT && r != -ECONNREFUSED)
                part->gone_usec = 0;
        else if (part->gone_usec == 0)
                part->gone_usec = now;
        if (part->gone_usec > 0 && now - part->gone_usec >= GONE_USEC &&
            disk->mirror->phase == PHASE_MIRRORING)
                engine_lose_channel(disk,
                                    "its relay has ended: “journalctl -u mirror-relay@%s” says "
                                    "why.",
                                    mirror_relay_name(disk, name));
}

static bool is_told(const MirrorDisk *disk) {
        const EngineLimits limits = wanted(disk);
        const EnginePart *part = engine_part(disk);

        return part->has_limits && are_same(&part->told, &limits);
}

/* A relay that does not answer is asked again at the next look. */
void engine_follow_relay(MirrorDisk *disk) {
        EnginePart *part = engine_part(disk);
        char request[64];

        if (part->limit_question)
                return;
        if (is_told(disk)) {
                follow(disk, ask_relay(disk, "status", on_status, &part->limit_question));
                return;
        }

        part->asked = wanted(disk);
        (void) snprintf(request, sizeof request, "limit %" PRIu64, part->asked.speed);
        follow(disk, ask_relay(disk, request, on_limit, &part->limit_question));
}

bool engine_may_flush(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        EnginePart *part = engine_part(disk);

        if (part->flush_usec == 0)
                part->flush_usec = engine_now(engine) + TELL_USEC;
        if (is_told(disk) || engine_now(engine) >= part->flush_usec)
                return true;
        engine_follow_relay(disk);
        return false;
}

void engine_take_relays_down(Engine *engine) {
        if (engine->has_no_relays)
                return;
        engine->has_no_relays = true;
        for (size_t i = 0; i < engine->mirror->n_disks; i++) {
                MirrorDisk *disk = engine->mirror->disks + i;

                (void) disk_unit_stop(UNIT_RELAY, engine->bus, disk);
                disk_unit_remove(UNIT_RELAY, disk);
        }
}
