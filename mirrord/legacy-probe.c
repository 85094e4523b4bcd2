/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/schema.h"
#include "mirrord/legacy-part.h"

#include <inttypes.h>
#include <string.h>

/*
 * With "return-path" QEMU has not completed before the other one says that it has loaded all.
 * The others need another channel than one stream, or stop on the way for somebody to go on;
 * "block" is what the arguments of migrate set by themselves.
 */
static const struct {
        const char *name;
        bool is_wanted;
} wishes[] = {
        { "events", true },          { "return-path", true },
        { "block", false },          { "background-snapshot", false },
        { "mapped-ram", false },     { "multifd", false },
        { "postcopy-ram", false },   { "pause-before-switchover", false },
        { "x-colo", false },         { "x-ignore-shared", false },
        { "zero-copy-send", false },
};

uint64_t legacy_limit(uint64_t speed) {
        return speed == 0 || speed > LEGACY_SPEED_MAX ? LEGACY_SPEED_MAX : speed;
}

bool legacy_has_capability(const JsonValue *capabilities, const char *name) {
        for (size_t i = 0; i < json_read_length(capabilities); i++)
                if (strcmp(json_read_string(json_read_item(capabilities, i), "capability"), name) ==
                    0)
                        return true;

        return false;
}

QmpArguments *legacy_want_capabilities(const JsonValue *capabilities) {
        QmpArguments *arguments = qmp_arguments_new();

        for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
                QmpArguments *wish;

                if (!legacy_has_capability(capabilities, wishes[i].name))
                        continue;
                wish = qmp_arguments_new();
                qmp_arguments_string(wish, "capability", wishes[i].name);
                qmp_arguments_bool(wish, "state", wishes[i].is_wanted);
                qmp_arguments_append(arguments, "capabilities", wish);
        }

        return arguments;
}

/* For people: what it is in is what was asked. */
static bool is_too_new(const QmpVersion *version) {
        return version->major > 9 || (version->major == 9 && version->minor >= 1);
}

int legacy_check(const QmpVersion *version, bool has_block, const JsonValue *schema,
                 bool is_incremental, char *words, size_t size) {
        if (has_block && schema_has_argument(schema, "migrate", is_incremental ? "inc" : "blk"))
                return 0;

        (void) snprintf(words, size,
                        "QEMU %" PRIu32 ".%" PRIu32 ".%" PRIu32
                        " has no block migration%s: mirror the disks instead.",
                        version->major, version->minor, version->micro,
                        is_too_new(version) ? " any more (gone with 9.1)" : "");
        return -EOPNOTSUPP;
}

bool legacy_is_active(const char *status) {
        static const char *const ends[] = { "", "none", "completed", "failed", "cancelled" };

        for (size_t i = 0; i < ARRAY_LEN(ends); i++)
                if (strcmp(status, ends[i]) == 0)
                        return false;

        return true;
}

static void add(LegacyProgress *progress, const JsonValue *part) {
        uint64_t total = json_read_number(part, "total", 0);
        uint64_t remaining = json_read_number(part, "remaining", 0);

        progress->n_total += total;
        progress->n_done += remaining < total ? total - remaining : 0;
        progress->n_sent += json_read_number(part, "transferred", 0);
}

LegacyProgress legacy_read_progress(const JsonValue *migration) {
        LegacyProgress progress = { 0 };

        add(&progress, json_read_object(migration, "ram"));
        add(&progress, json_read_object(migration, "disk"));
        return progress;
}
