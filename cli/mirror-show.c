/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror show: one mirror and its disks.
 */

#include "cli/mirror-show.h"

#include "cli/complain.h"
#include "cli/format.h"
#include "cli/mirror-format.h"
#include "cli/verbs.h"

#include <string.h>

void mirror_warn(const Client *client, const Mirror *mirror) {
        char dirty[MIRROR_TEXT_MAX], rate[MIRROR_TEXT_MAX], host[MIRRORD_HOST_MAX];

        if (!mirror_will_not_converge(mirror))
                return;

        remark("Mirror %s will not converge: the guest writes %s/s, and %s/s are copied.",
               mirror->id, mirror_format_bytes(mirror->dirty_rate, dirty),
               mirror_format_bytes(mirror->rate, rate));
        if (mirror->speed > 0)
                suggest("npivot mirror speed %s 0%s lifts its limit of %s/s a disk.", mirror->id,
                        mirrord_host_words(client, host), format_size(mirror->speed, rate));
        else
                suggest("npivot mirror abort %s%s, and start it with --copy-mode=write-blocking: "
                        "the guest then waits for the mirror.",
                        mirror->id, mirrord_host_words(client, host));
}

static void add_rate(Table *block, const char *key, uint64_t rate, const char *of) {
        char size[FORMAT_SIZE_MAX];

        if (rate > 0)
                table_add_fact(block, key, TONE_PLAIN, "%s/s%s", format_size(rate, size), of);
}

static void add_text(Table *block, const char *key, Tone tone, const char *text) {
        if (*text != '\0')
                table_add_fact(block, key, tone, "%s", text);
}

static Tone verification_tone(const char *verification) {
        if (strcmp(verification, "different") == 0)
                return TONE_BAD;

        return strcmp(verification, "same") == 0 ? TONE_GOOD : TONE_PLAIN;
}

static void add_progress(Table *block, const Mirror *mirror) {
        char done[MIRROR_TEXT_MAX], total[MIRROR_TEXT_MAX];

        if (mirror->n_total > 0)
                table_add_fact(block, "Copied", TONE_PLAIN, "%s of %s, %u %%",
                               mirror_format_bytes(mirror->n_done, done),
                               mirror_format_bytes(mirror->n_total, total),
                               mirror_percent(mirror->n_done, mirror->n_total));
        add_rate(block, "Rate", mirror->rate, "");
        add_rate(block, "Dirty rate", mirror->dirty_rate, "");
        if (!mirror_has_ended(mirror) && mirror->eta_usec != UINT64_MAX)
                table_add_fact(block, "Time left", TONE_PLAIN, "%s",
                               mirror_format_eta(mirror->eta_usec, done));
        add_text(block, "Convergence", mirror_will_not_converge(mirror) ? TONE_BAD : TONE_PLAIN,
                 mirror_convergence(mirror));
}

static int print_facts(const Client *client, const Mirror *mirror) {
        _cleanup_(table_freep) Table *block = NULL;
        char text[MIRROR_TEXT_MAX], user[MIRROR_TEXT_MAX];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;
        table_add_fact(block, "Mirror", TONE_TITLE, "%s", mirror->id);
        table_add_fact(block, "State", mirror_tone(mirror->state), "%s",
                       mirror_format_state(mirror, text));
        add_text(block, "Message", TONE_BAD, mirror->message);
        add_text(block, "Monitor", TONE_PLAIN, mirror->monitor);
        add_progress(block, mirror);
        add_text(block, "Copy mode", TONE_PLAIN, mirror->copy_mode);
        add_rate(block, "Limit", mirror->speed, " a disk");
        add_text(block, "Verification", verification_tone(mirror->verification),
                 mirror->verification);
        if (mirror->n_retried > 0)
                table_add_fact(block, "Retried", TONE_WAITING, "%u", mirror->n_retried);
        if (mirror->started_usec > 0)
                table_add_fact(block, "Started", TONE_PLAIN, "%s, by %s",
                               mirror_format_time(mirror->started_usec, text),
                               mirror_format_user(client, mirror->owner, user));
        return table_print(block);
}

enum { DISK, DISK_STATE, DONE, OF, PERCENT, BAR, NODE, MESSAGE };

static const Column disk_columns[] = {
        [DISK] = { "DISK" },
        [DISK_STATE] = { "STATE" },
        [DONE] = { "DONE", COLUMN_RIGHT },
        [OF] = { "OF", COLUMN_RIGHT },
        [PERCENT] = { "%", COLUMN_RIGHT },
        [BAR] = { "" },
        [NODE] = { "NODE" },
        [MESSAGE] = { "MESSAGE" },
};

static int print_disks(const Mirror *mirror, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(disk_columns, ARRAY_LEN(disk_columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;
                unsigned percent = mirror_disk_percent(disk);
                Row *row = table_add_row(table, NULL);
                char bar[3 * MIRROR_BAR_WIDTH + 1], size[MIRROR_TEXT_MAX];

                table_set(table, row, DISK, TONE_PLAIN, disk->name);
                table_set(table, row, DISK_STATE, mirror_tone(disk->state), disk->state);
                table_set(table, row, DONE, TONE_PLAIN, mirror_format_bytes(disk->n_done, size));
                table_set(table, row, OF, TONE_PLAIN, format_size(disk->n_total, size));
                table_setf(table, row, PERCENT, TONE_PLAIN, "%u", percent);
                table_set(table, row, BAR, TONE_PLAIN, mirror_format_bar(percent, bar));
                table_set(table, row, NODE, TONE_PLAIN, disk->node);
                table_set(table, row, MESSAGE, TONE_PLAIN, disk->message);
        }

        return table_print(table);
}

int verb_mirror_show(Client *client) {
        bool heads = !options_have(client->options, OPTION_NO_LEGEND);
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        int r;

        r = mirrord_check_id(&mirrord_job, client->args[0]);
        if (r == 0)
                r = client_connect(client);
        if (r == 0)
                r = mirror_load(client, client->args[0], &mirror);
        if (r != 0)
                return r;
        if (options_have(client->options, OPTION_JSON)) {
                json = mirror_to_json(&mirror);
                return json_print(json);
        }

        r = print_facts(client, &mirror);
        if (r != 0)
                return r;
        (void) puts("");
        r = print_disks(&mirror, heads);
        if (heads)
                mirror_warn(client, &mirror);

        return r;
}
