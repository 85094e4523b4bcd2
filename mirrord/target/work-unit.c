/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/file.h"
#include "mirrord/disk-unit.h"
#include "mirrord/target/work-part.h"

#include <inttypes.h>
#include <string.h>

/* A relay that goes with its connection is there again before the next one. */
#define RESTARTS_MAX 20

typedef char UnitPath[sizeof DISK_UNIT_ROOT + MIRROR_PART_MAX + 24];
typedef char UnitName[MIRROR_PART_MAX + 40];

static const struct {
        const char *folder, *template, *section, *socket_key;
} kinds[_TARGET_UNIT_MAX] = {
        [TARGET_RELAY] = { "relay", "mirror-relay", "Relay", "Socket" },
        [TARGET_VERIFIER] = { "verify", "mirror-verify", "Verify", "Export" },
};

static const char *path_of(const WorkUnit *unit, const char *suffix, UnitPath ret) {
        MirrorPart name;

        (void) snprintf(ret, sizeof(UnitPath), DISK_UNIT_ROOT "/%s/%s.%s", kinds[unit->unit].folder,
                        target_unit_name(unit->disk, name), suffix);
        return ret;
}

static const char *name_of(const WorkUnit *unit, UnitName ret) {
        MirrorPart name;

        (void) snprintf(ret, sizeof(UnitName), "%s@%s.service", kinds[unit->unit].template,
                        target_unit_name(unit->disk, name));
        return ret;
}

/* A host may have no verifier: mirrors to it are not compared, then. */
static bool is_installed(TargetUnit unit) {
        return unit == TARGET_RELAY || access(NPIVOT_LIBEXECDIR "/mirror-verify", X_OK) >= 0;
}

/* ---- the file */

/* A relay that has a name reads it once: what QEMU learns from that is for all of its disks. */
static bool has_name(const WorkUnit *unit) {
        const Target *target = unit->disk->target;
        const TargetDisk *largest = target->disks;

        for (size_t i = 1; i < target->n_disks; i++)
                if (target->disks[i].size_bytes > largest->size_bytes)
                        largest = target->disks + i;

        return unit->unit == TARGET_VERIFIER || unit->disk == largest;
}

static void print_file(FILE *f, const WorkUnit *unit) {
        const Target *target = unit->disk->target;
        uint16_t port = unit->disk->ports[unit->unit];
        TargetPath path;

        (void) fprintf(f, "[%s]\nSide=target\n%s=%s\nAddress=%s\nPorts=%u-%u\n",
                       kinds[unit->unit].section, kinds[unit->unit].socket_key,
                       target_socket(target, path), target->address, port ?: target->first_port,
                       port ?: target->last_port);
        /* QEMU's user could put something else in its place, for root's relay to connect to. */
        if (unit->unit == TARGET_RELAY)
                (void) fprintf(f, "Owner=%u\n", unit->work->uid);
        if (has_name(unit))
                (void) fprintf(f, "Name=%s\n", unit->disk->name);
        disk_unit_print_tls(f, target->certificates, target->peer_name, unit->disk->key);
}

static int write_file(const WorkUnit *unit) {
        _cleanup_close_ int dir_fd = -EBADF;
        _cleanup_free_ char *text = NULL;
        char folder[64], name[MIRROR_PART_MAX + 8];
        MirrorPart part;
        size_t size = 0;
        FILE *f;
        int r;

        (void) snprintf(folder, sizeof folder, DISK_UNIT_ROOT "/%s", kinds[unit->unit].folder);
        dir_fd = dir_open(folder, true, 0711);
        if (dir_fd < 0)
                return dir_fd;
        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        print_file(f, unit);
        if (fclose(f) != 0)
                return -ENOMEM;

        (void) snprintf(name, sizeof name, "%s.conf", target_unit_name(unit->disk, part));
        r = file_write_atomic(dir_fd, name, text, size, 0600);
        explicit_bzero(text, size);
        return r;
}

static void remove_files(const WorkUnit *unit) {
        static const char *const suffixes[] = { "conf", "control" };
        UnitPath path;

        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
                (void) unlink(path_of(unit, suffixes[i], path));
}

/* ---- systemd */

static int call(Work *work, const char *method, const char *name, bool has_mode,
                sd_bus_message_handler_t func, void *userdata, sd_bus_slot **slot) {
        return sd_bus_call_method_async(work->bus, slot, "org.freedesktop.systemd1",
                                        "/org/freedesktop/systemd1",
                                        "org.freedesktop.systemd1.Manager", method, func, userdata,
                                        has_mode ? "ss" : "s", name, "replace");
}

static void fail_unit(WorkUnit *unit, const char *words) {
        const Target *target = unit->disk->target;
        uint16_t port = unit->disk->ports[unit->unit];
        UnitName name;

        work_withdraw(
                unit->work,
                "%s: its %s %s on %s, ports %u to %u: they may all be taken. “journalctl -u %s” "
                "says why.",
                unit->disk->name, unit->unit == TARGET_RELAY ? "relay" : "verifier", words,
                target->address, port ?: target->first_port, port ?: target->last_port,
                name_of(unit, name));
}

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        WorkUnit *unit = userdata;

        unit->slot = sd_bus_slot_unref(unit->slot);
        work_look_soon(unit->work, WORK_SOON_USEC);
        if (sd_bus_message_is_method_error(reply, NULL))
                fail_unit(unit, "cannot be started");
        return 0;
}

static void start_unit(WorkUnit *unit) {
        UnitName name;
        int r;

        r = write_file(unit);
        if (r >= 0)
                r = call(unit->work, "StartUnit", name_of(unit, name), true, on_started, unit,
                         &unit->slot);
        if (r < 0)
                fail_unit(unit, "cannot be started");
        else
                unit->until_usec = work_now(unit->work) + WORK_UNIT_USEC;
}

/* systemd forgets one that has ended. */
static int on_found(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        WorkUnit *unit = userdata;
        bool is_there = !sd_bus_message_is_method_error(reply, NULL);

        unit->slot = sd_bus_slot_unref(unit->slot);
        work_look_soon(unit->work, WORK_SOON_USEC);
        if (unit->work->target->phase != TARGET_PHASE_EXPORTING)
                return 0;
        if (is_there && work_now(unit->work) > unit->until_usec)
                fail_unit(unit, "does not listen");
        else if (!is_there &&
                 (unit->disk->ports[unit->unit] == 0 || unit->n_failed >= RESTARTS_MAX))
                fail_unit(unit, "cannot listen");
        else if (!is_there) {
                unit->n_failed++;
                start_unit(unit);
        }
        return 0;
}

/* ---- up */

static void on_status(void *userdata, int r, const char *answer) {
        WorkUnit *unit = userdata;
        uint16_t *port = unit->disk->ports + unit->unit;
        uint16_t is = 0, before = *port;

        unit->question = NULL;
        if (unit->work->target->phase != TARGET_PHASE_EXPORTING || r < 0 ||
            sscanf(answer, "status %*15[a-z] %" SCNu16, &is) != 1 || is == 0)
                return;
        unit->n_failed = 0;
        unit->until_usec = work_now(unit->work) + WORK_UNIT_USEC;
        if (unit->is_up && is == before)
                return;

        *port = is;
        if (is != before && work_save(unit->work) < 0) {
                *port = before;
                return;
        }
        unit->is_up = true;
        work_look_soon(unit->work, 0);
}

/* One of an earlier mirrord is found by its socket. */
static void keep_unit(WorkUnit *unit) {
        UnitName name;
        UnitPath path;

        if (unit->question || unit->slot)
                return;
        if (relay_ask(unit->work->event, path_of(unit, "control", path), "status", on_status, unit,
                      &unit->question) >= 0)
                return;
        if (unit->until_usec == 0)
                start_unit(unit);
        else
                (void) call(unit->work, "GetUnit", name_of(unit, name), false, on_found, unit,
                            &unit->slot);
}

int work_keep_units(Work *work) {
        bool are_up = true;

        for (size_t i = 0; i < work->target->n_disks; i++)
                for (TargetUnit kind = 0; kind < _TARGET_UNIT_MAX; kind++) {
                        if (!is_installed(kind))
                                continue;
                        keep_unit(&work->units[i][kind]);
                        are_up = are_up && work->units[i][kind].is_up;
                        if (work->target->phase != TARGET_PHASE_EXPORTING)
                                return 0;
                }

        return are_up;
}

/* ---- down */

static int on_gone(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        WorkUnit *unit = userdata;

        unit->slot = sd_bus_slot_unref(unit->slot);
        unit->is_down = sd_bus_message_is_method_error(reply, NULL);
        if (unit->is_down)
                remove_files(unit);
        work_look_soon(unit->work, WORK_SOON_USEC);
        return 0;
}

static void stop_unit(WorkUnit *unit) {
        UnitName name;

        unit->question = question_free(unit->question);
        unit->slot = sd_bus_slot_unref(unit->slot);
        (void) call(unit->work, "StopUnit", name_of(unit, name), true, NULL, NULL, NULL);
}

int work_end_units(Work *work) {
        bool are_down = true;

        for (size_t i = 0; i < work->target->n_disks; i++)
                for (TargetUnit kind = 0; kind < _TARGET_UNIT_MAX; kind++) {
                        WorkUnit *unit = &work->units[i][kind];
                        UnitName name;

                        if (!work->units_were_stopped)
                                stop_unit(unit);
                        if (!unit->is_down && !unit->slot)
                                (void) call(work, "GetUnit", name_of(unit, name), false, on_gone,
                                            unit, &unit->slot);
                        are_down = are_down && unit->is_down;
                }
        work->units_were_stopped = true;

        return are_down;
}

/* ---- the storage daemon */

static const char *name_daemon(const Work *work, UnitName ret) {
        (void) snprintf(ret, sizeof(UnitName), "mirror-target@%s.service", work->target->id);
        return ret;
}

static int on_daemon_started(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Work *work = userdata;

        work->slot = sd_bus_slot_unref(work->slot);
        work->is_daemon_up = true;
        work_look_soon(work, 0);
        if (sd_bus_message_is_method_error(reply, NULL) &&
            work->target->phase == TARGET_PHASE_EXPORTING)
                work_withdraw(work, "Its storage daemon cannot be started: %s",
                              sd_bus_message_get_error(reply)->message);
        return 0;
}

int work_start_daemon(Work *work) {
        UnitName name;

        if (!work->is_daemon_up && !work->slot)
                (void) call(work, "StartUnit", name_daemon(work, name), true, on_daemon_started,
                            work, &work->slot);

        return work->is_daemon_up;
}

static int on_daemon_gone(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        Work *work = userdata;

        work->slot = sd_bus_slot_unref(work->slot);
        work->is_daemon_down = sd_bus_message_is_method_error(reply, NULL);
        work_look_soon(work, WORK_SOON_USEC);
        return 0;
}

int work_end_daemon(Work *work) {
        UnitName name;

        if (!work->is_unit_queued) {
                work->slot = sd_bus_slot_unref(work->slot);
                (void) call(work, "StopUnit", name_daemon(work, name), true, NULL, NULL, NULL);
                work->is_unit_queued = true;
        }
        if (!work->is_daemon_down && !work->slot)
                (void) call(work, "GetUnit", name_daemon(work, name), false, on_daemon_gone, work,
                            &work->slot);

        return work->is_daemon_down;
}

void work_forget_units(Work *work) {
        for (size_t i = 0; i < work->target->n_disks; i++)
                for (TargetUnit kind = 0; kind < _TARGET_UNIT_MAX; kind++) {
                        (void) question_free(work->units[i][kind].question);
                        (void) sd_bus_slot_unref(work->units[i][kind].slot);
                }
        work->slot = sd_bus_slot_unref(work->slot);
}
