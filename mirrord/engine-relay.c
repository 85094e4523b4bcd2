/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/log.h"
#include "mirrord/engine-command.h"
#include "mirrord/engine-part.h"
#include "mirrord/relay-unit.h"

#include <inttypes.h>
#include <string.h>

static void fail_relay(MirrorDisk *disk) {
        MirrorPart name;

        engine_fail_disk(disk,
                         "its relay does not reach the other host at %s port %u: “journalctl -u "
                         "mirror-relay@%s” says why.",
                         disk->mirror->address, disk->port, mirror_relay_name(disk, name));
}

static void on_relay(void *userdata, int r, const RelayStatus *status) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);

        engine->questions[engine_index(disk)] = NULL;
        disk->is_busy = false;
        /* Given up meanwhile: nothing more is made for it. */
        if (disk->mirror->phase != PHASE_MIRRORING)
                return;
        if (r >= 0 && status &&
            (strcmp(status->state, "waiting") == 0 || strcmp(status->state, "running") == 0)) {
                engine_add_node(engine->qmp, disk);
                return;
        }
        if (engine_now(engine) > engine->relay_usec[engine_index(disk)])
                fail_relay(disk);
}

static int ask_relay(MirrorDisk *disk, const char *request, RelayFunc func, RelayQuestion **ret) {
        Engine *engine = engine_of_disk(disk);
        RelayPath path;

        return relay_ask(engine->event, relay_control_path(disk, path), request, func, disk, ret);
}

static int on_unit_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);

        engine->slots[engine_index(disk)] = sd_bus_slot_unref(engine->slots[engine_index(disk)]);
        disk->is_busy = false;
        if (sd_bus_message_is_method_error(reply, NULL) && disk->mirror->phase == PHASE_MIRRORING)
                engine_fail_disk(disk, "its relay cannot be started: %s",
                                 sd_bus_message_get_error(reply)->message);
        else
                engine_look_soon(engine, ENGINE_LOOK_USEC / 10);
        return 0;
}

static void start_relay(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        size_t i = engine_index(disk);
        int r;

        r = relay_unit_write(disk, engine_of_disk(disk)->uid);
        if (r >= 0)
                r = relay_unit_start(engine->bus, disk, on_unit_started, disk, engine->slots + i);
        if (r < 0) {
                engine_fail_disk(disk, "its relay cannot be started: %s", strerror(-r));
                return;
        }

        disk->is_busy = true;
        engine->relay_usec[i] = engine_now(engine) + ENGINE_RELAY_USEC;
        engine_set_disk(disk, DISK_RELAY);
}

/* systemd forgets a relay that has failed. */
static int on_unit_found(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);

        engine->slots[engine_index(disk)] = sd_bus_slot_unref(engine->slots[engine_index(disk)]);
        disk->is_busy = false;
        if (sd_bus_message_is_method_error(reply, NULL) && disk->mirror->phase == PHASE_MIRRORING)
                fail_relay(disk);
        return 0;
}

static void look_for_unit(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        size_t i = engine_index(disk);

        if (engine_now(engine) > engine->relay_usec[i])
                fail_relay(disk);
        else
                disk->is_busy = relay_unit_find(engine->bus, disk, on_unit_found, disk,
                                                engine->slots + i) >= 0;
}

/* A relay of an earlier mirrord is found by its socket. */
void engine_look_for_relay(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        int r;

        r = ask_relay(disk, "status", on_relay, engine->questions + engine_index(disk));
        disk->is_busy = r >= 0;
        if (r >= 0) {
                if (engine->relay_usec[engine_index(disk)] == 0)
                        engine->relay_usec[engine_index(disk)] =
                                engine_now(engine) + ENGINE_RELAY_USEC;
                engine_set_disk(disk, DISK_RELAY);
        } else if (engine->relay_usec[engine_index(disk)] == 0)
                start_relay(disk);
        else
                look_for_unit(disk);
}

static void on_limit(void *userdata, int r, const RelayStatus *status) {
        MirrorDisk *disk = userdata;
        Engine *engine = engine_of_disk(disk);
        size_t i = engine_index(disk);

        engine->limit_questions[i] = NULL;
        engine->has_limit[i] = r >= 0;
        engine->limits[i] = engine->asked_limits[i];
}

/* A relay that does not answer is asked again at the next look. */
void engine_keep_limit(MirrorDisk *disk) {
        Engine *engine = engine_of_disk(disk);
        size_t i = engine_index(disk);
        char request[64];

        if (engine->limit_questions[i] ||
            (engine->has_limit[i] && engine->limits[i] == disk->mirror->speed))
                return;

        engine->asked_limits[i] = disk->mirror->speed;
        (void) snprintf(request, sizeof request, "limit %" PRIu64, disk->mirror->speed);
        (void) ask_relay(disk, request, on_limit, engine->limit_questions + i);
}

void engine_take_relays_down(Engine *engine) {
        if (engine->has_no_relays)
                return;
        engine->has_no_relays = true;
        for (size_t i = 0; i < engine->mirror->n_disks; i++) {
                MirrorDisk *disk = engine->mirror->disks + i;

                (void) relay_unit_stop(engine->bus, disk);
                relay_unit_remove(disk);
        }
}
