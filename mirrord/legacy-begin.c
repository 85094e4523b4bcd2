/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/disk-unit.h"
#include "mirrord/engine-command.h"
#include "mirrord/legacy-part.h"

#include <string.h>

/* ---- whether it can be */

static void on_schema(void *userdata, int r, const JsonValue *schema, const QmpError *error) {
        Legacy *legacy = userdata;
        char words[256];

        if (!legacy_has_answer(legacy, r))
                return;
        r = legacy_check(&legacy->version, legacy->has_block, schema,
                         legacy->mirror->sync == SYNC_TOP, words, sizeof words);
        if (r < 0) {
                legacy_fail(legacy, "%s", words);
                return;
        }

        legacy->is_probed = true;
        legacy_look_soon(legacy, 0);
}

static void on_capabilities(void *userdata, int r, const JsonValue *list, const QmpError *error) {
        Legacy *legacy = userdata;

        if (!legacy_has_answer(legacy, r))
                return;
        legacy->has_block = legacy_has_capability(list, "block");
        legacy_ask(legacy, "query-qmp-schema", NULL, on_schema);
}

static void on_block_jobs(void *userdata, int r, const JsonValue *jobs, const QmpError *error) {
        Legacy *legacy = userdata;
        char words[512];

        if (!legacy_has_answer(legacy, r))
                return;
        if (engine_check_jobs(legacy->mirror, jobs, words, sizeof words) < 0)
                legacy_fail(legacy, "%s", words);
        else
                legacy_ask(legacy, "query-migrate-capabilities", NULL, on_capabilities);
}

static void on_guest(void *userdata, int r, const JsonValue *guest, const QmpError *error) {
        Legacy *legacy = userdata;
        const char *status = json_read_string(guest, "status");

        if (!legacy_has_answer(legacy, r))
                return;
        legacy->mirror->was_running = json_read_bool(guest, "running", false);
        if (strcmp(status, "inmigrate") == 0)
                legacy_fail(legacy, "QEMU's guest is not here yet: QEMU waits for it.");
        else if (strcmp(status, "postmigrate") == 0 && legacy->has_completed)
                legacy_fail(legacy,
                            "QEMU's guest is not here any more: it was moved to another QEMU.");
        else
                legacy_ask(legacy, "query-block-jobs", NULL, on_block_jobs);
}

void legacy_prepare(Legacy *legacy, const char *status) {
        if (legacy_is_active(status))
                legacy_fail(legacy,
                            "QEMU is migrating already: wait until that has ended, or cancel "
                            "it.");
        else if (!legacy->is_probed) {
                legacy->has_completed = strcmp(status, "completed") == 0;
                legacy_ask(legacy, "query-status", NULL, on_guest);
        } else
                legacy_look_for_relay(legacy);
}

/* ---- the move */

static void on_migrate(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        if (error)
                legacy_fail(legacy, "QEMU does not begin to move: %s", error->words);
        legacy->is_sent = r >= 0;
        if (!legacy_has_answer(legacy, r))
                return;
        legacy_set_state(legacy, MIRROR_COPYING, DISK_COPYING);
        legacy_look_soon(legacy, ENGINE_LOOK_USEC / 5);
}

static void migrate(Legacy *legacy) {
        QmpArguments *arguments = qmp_arguments_new();
        char uri[sizeof(DiskUnitPath) + 8];
        DiskUnitPath path;

        (void) snprintf(uri, sizeof uri, "unix:%s",
                        disk_unit_path(UNIT_RELAY, legacy_machine(legacy), "nbd", path));
        qmp_arguments_string(arguments, "uri", uri);
        qmp_arguments_bool(arguments, legacy->mirror->sync == SYNC_TOP ? "inc" : "blk", true);
        legacy_ask(legacy, "migrate", arguments, on_migrate);
}

static QmpArguments *print_limits(Legacy *legacy) {
        QmpArguments *arguments = qmp_arguments_new();

        legacy->told = legacy_limit(legacy->mirror->speed);
        qmp_arguments_number(arguments, "max-bandwidth", (int64_t) legacy->told);
        qmp_arguments_number(arguments, "downtime-limit", LEGACY_DOWNTIME_MSEC);
        return arguments;
}

/* Without its limits nothing is moved. */
static void on_first_limits(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        if (error)
                legacy_fail(legacy, "QEMU does not take its limits: %s", error->words);
        if (!legacy_has_answer(legacy, r))
                return;
        legacy->has_told = true;
        migrate(legacy);
}

static void on_set(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        if (error)
                legacy_fail(legacy, "QEMU does not take what its migration needs: %s",
                            error->words);
        if (legacy_has_answer(legacy, r))
                legacy_ask(legacy, "migrate-set-parameters", print_limits(legacy), on_first_limits);
}

static void on_known(void *userdata, int r, const JsonValue *list, const QmpError *error) {
        Legacy *legacy = userdata;

        if (legacy_has_answer(legacy, r))
                legacy_ask(legacy, "migrate-set-capabilities", legacy_want_capabilities(list),
                           on_set);
}

/* Written down first: from now on it may be that QEMU moves. */
void legacy_begin(Legacy *legacy) {
        bool before = legacy->mirror->is_begun;

        legacy->mirror->is_begun = true;
        if (legacy_save(legacy) < 0) {
                legacy->mirror->is_begun = before;
                return;
        }
        legacy_ask(legacy, "query-migrate-capabilities", NULL, on_known);
}

static void on_relay_used(void *userdata, int r, const char *answer) {
        Legacy *legacy = userdata;
        RelayStatus status;

        legacy->question = NULL;
        legacy->is_busy = false;
        legacy_look_soon(legacy, 0);
        if (r >= 0)
                r = relay_parse_status(answer, &status);
        if (r >= 0 && strcmp(status.state, "waiting") == 0 &&
            legacy->mirror->phase == PHASE_MIRRORING)
                legacy_begin(legacy);
        else
                legacy->is_sent = true;
}

void legacy_find_out(Legacy *legacy) {
        if (legacy_ask_relay(legacy, on_relay_used) >= 0)
                return;
        legacy->is_sent = true;
        legacy_look_soon(legacy, 0);
}

static void on_limits(void *userdata, int r, const JsonValue *value, const QmpError *error) {
        Legacy *legacy = userdata;

        legacy->has_told = r >= 0;
        if (legacy_has_answer(legacy, r))
                legacy_look_soon(legacy, ENGINE_LOOK_USEC);
}

void legacy_tell_limit(Legacy *legacy) {
        if (!legacy->has_told || legacy->told != legacy_limit(legacy->mirror->speed))
                legacy_ask(legacy, "migrate-set-parameters", print_limits(legacy), on_limits);
}
