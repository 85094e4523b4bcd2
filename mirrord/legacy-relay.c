/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/legacy-part.h"
#include "mirrord/relay-unit.h"

#include <string.h>

static void fail_relay(Legacy *legacy) {
        MirrorPart name;

        legacy_fail(legacy,
                    "the relay does not reach the other host at %s port %u: “journalctl -u "
                    "mirror-relay@%s” says why.",
                    legacy->mirror->address, legacy_machine(legacy)->port,
                    mirror_relay_name(legacy_machine(legacy), name));
}

static bool is_late(const Legacy *legacy) {
        return legacy->mirror->phase != PHASE_MIRRORING;
}

int legacy_ask_relay(Legacy *legacy, QuestionFunc func) {
        DiskUnitPath path;
        int r;

        r = relay_ask(legacy->event,
                      disk_unit_path(UNIT_RELAY, legacy_machine(legacy), "control", path), "status",
                      func, legacy, &legacy->question);
        if (r >= 0)
                legacy->is_busy = true;
        return r;
}

static void on_relay(void *userdata, int r, const char *answer) {
        Legacy *legacy = userdata;
        RelayStatus status;

        legacy->question = NULL;
        legacy->is_busy = false;
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
        if (is_late(legacy))
                return;
        if (r >= 0)
                r = relay_parse_status(answer, &status);
        if (r >= 0 && strcmp(status.state, "waiting") == 0)
                legacy_begin(legacy);
        else if (legacy_now(legacy) > legacy->relay_usec)
                fail_relay(legacy);
}

static int on_unit_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Legacy *legacy = userdata;

        legacy->slot = sd_bus_slot_unref(legacy->slot);
        legacy->is_busy = false;
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 10);
        if (sd_bus_message_is_method_error(reply, NULL) && !is_late(legacy))
                legacy_fail(legacy, "the relay cannot be started: %s",
                            sd_bus_message_get_error(reply)->message);
        return 0;
}

static void start_relay(Legacy *legacy) {
        const MirrorDisk *machine = legacy_machine(legacy);
        int r;

        r = relay_unit_write(machine, legacy->version.uid);
        if (r >= 0)
                r = disk_unit_start(UNIT_RELAY, legacy->bus, machine, on_unit_started, legacy,
                                    &legacy->slot);
        if (r < 0) {
                legacy_fail(legacy, "the relay cannot be started: %s", strerror(-r));
                return;
        }

        legacy->is_busy = true;
        legacy->relay_usec = legacy_now(legacy) + ENGINE_RELAY_USEC;
}

/* systemd forgets a relay that has failed. */
static int on_unit_found(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Legacy *legacy = userdata;

        legacy->slot = sd_bus_slot_unref(legacy->slot);
        legacy->is_busy = false;
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
        if (sd_bus_message_is_method_error(reply, NULL) && !is_late(legacy))
                fail_relay(legacy);
        return 0;
}

static void look_for_unit(Legacy *legacy) {
        int r;

        if (legacy_now(legacy) > legacy->relay_usec) {
                fail_relay(legacy);
                return;
        }
        r = disk_unit_find(UNIT_RELAY, legacy->bus, legacy_machine(legacy), on_unit_found, legacy,
                           &legacy->slot);
        legacy->is_busy = r >= 0;
        if (r < 0)
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
}

/* A relay of an earlier mirrord is found by its socket. */
void legacy_look_for_relay(Legacy *legacy) {
        legacy_set_state(legacy, MIRROR_NEW, DISK_RELAY);
        if (legacy_ask_relay(legacy, on_relay) >= 0) {
                if (legacy->relay_usec == 0)
                        legacy->relay_usec = legacy_now(legacy) + ENGINE_RELAY_USEC;
        } else if (legacy->relay_usec == 0)
                start_relay(legacy);
        else
                look_for_unit(legacy);
}

void legacy_take_relay_down(Legacy *legacy) {
        if (legacy->has_no_relay)
                return;
        legacy->has_no_relay = true;
        (void) disk_unit_stop(UNIT_RELAY, legacy->bus, legacy_machine(legacy));
        disk_unit_remove(UNIT_RELAY, legacy_machine(legacy));
}

void legacy_relay_stop(Legacy *legacy) {
        legacy->question = question_free(legacy->question);
        legacy->slot = sd_bus_slot_unref(legacy->slot);
}
