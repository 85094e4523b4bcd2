/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * npivot mirror: the mirrors of disks, what they are doing, and what becomes of them.
 */

#include "cli/argument.h"
#include "cli/complain.h"
#include "cli/format.h"
#include "cli/mirror.h"
#include "cli/progress.h"
#include "cli/verbs.h"

#include <inttypes.h>
#include <string.h>

#define SEC UINT64_C(1000000)
#define WAIT_USEC (3600 * SEC)
#define LOOK_USEC (SEC / 2)
#define BAR_WIDTH 24

enum { ID, STATE, RATE, LIMIT, MONITOR, MESSAGE };

static const Column columns[] = {
        [ID] = { "ID", COLUMN_RIGHT },     [STATE] = { "STATE" },
        [RATE] = { "RATE", COLUMN_RIGHT }, [LIMIT] = { "LIMIT", COLUMN_RIGHT },
        [MONITOR] = { "MONITOR" },         [MESSAGE] = { "MESSAGE", COLUMN_WRAP },
};

static void set_rate(Table *table, Row *row, size_t column, uint64_t rate) {
        char size[FORMAT_SIZE_MAX];

        if (rate > 0)
                table_setf(table, row, column, TONE_PLAIN, "%s/s", format_size(rate, size));
}

static int print_list(const MirrorList *list, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        if (list->n_mirrors == 0) {
                if (heads)
                        remark("There are no mirrors.");
                return 0;
        }
        r = table_new(columns, ARRAY_LEN(columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < list->n_mirrors; i++) {
                const Mirror *mirror = list->mirrors + i;
                Row *row = table_add_row(table, NULL);

                table_set(table, row, ID, TONE_PLAIN, mirror->id);
                table_set(table, row, STATE, mirror_tone(mirror->state), mirror->state);
                set_rate(table, row, RATE, mirror->rate);
                set_rate(table, row, LIMIT, mirror->speed);
                table_set(table, row, MONITOR, TONE_PLAIN, mirror->monitor);
                table_set(table, row, MESSAGE, TONE_PLAIN, mirror->message);
        }

        return table_print(table);
}

int verb_mirror_list(Client *client) {
        _cleanup_(mirror_list_done) MirrorList list = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        Json *mirrors;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = mirror_list_load(client, &list);
        if (r != 0)
                return r;
        if (!options_have(client->options, OPTION_JSON))
                return print_list(&list, !options_have(client->options, OPTION_NO_LEGEND));

        json = json_new_object();
        mirrors = json_new_array();
        json_set(json, "mirrors", mirrors);
        for (size_t i = 0; i < list.n_mirrors; i++)
                json_append(mirrors, mirror_to_json(list.mirrors + i));
        return json_print(json);
}

/* "██████░░░░" in the width that fits beside the rest of a line. */
static const char *format_bar(const MirrorDisk *disk, char ret[static 3 * BAR_WIDTH + 1]) {
        unsigned filled = mirror_percent(disk) * BAR_WIDTH / 100;
        char *to = ret;

        for (unsigned i = 0; i < BAR_WIDTH; i++, to += 3)
                memcpy(to, i < filled ? "█" : "░", 3);
        *to = '\0';
        return ret;
}

/* What is left at this rate; "" when nobody can know. */
static const char *format_left(const Mirror *mirror, char ret[static 32]) {
        uint64_t left = 0, seconds;

        ret[0] = '\0';
        for (size_t i = 0; i < mirror->n_disks; i++)
                left += mirror->disks[i].n_total - mirror->disks[i].n_done;
        if (mirror->rate == 0 || left == 0)
                return ret;

        seconds = left / mirror->rate + 1;
        if (seconds < 60)
                (void) snprintf(ret, 32, "%" PRIu64 " s", seconds);
        else if (seconds < 5400)
                (void) snprintf(ret, 32, "%" PRIu64 " min", (seconds + 30) / 60);
        else
                (void) snprintf(ret, 32, "%" PRIu64 " h", (seconds + 1800) / 3600);
        return ret;
}

static int print_facts(const Mirror *mirror) {
        _cleanup_(table_freep) Table *block = NULL;
        char size[FORMAT_SIZE_MAX], left[32];
        int r;

        r = table_new_block(&block);
        if (r < 0)
                return r;
        table_add_fact(block, "Mirror", TONE_TITLE, "%s", mirror->id);
        table_add_fact(block, "State", mirror_tone(mirror->state), "%s", mirror->state);
        if (*mirror->message)
                table_add_fact(block, "Message", TONE_BAD, "%s", mirror->message);
        table_add_fact(block, "Monitor", TONE_PLAIN, "%s", mirror->monitor);
        if (mirror->rate > 0)
                table_add_fact(block, "Rate", TONE_PLAIN, "%s/s", format_size(mirror->rate, size));
        if (*format_left(mirror, left))
                table_add_fact(block, "Time left", TONE_PLAIN, "%s", left);
        if (mirror->speed > 0)
                table_add_fact(block, "Limit", TONE_PLAIN, "%s/s a disk",
                               format_size(mirror->speed, size));
        return table_print(block);
}

enum { DISK, DISK_STATE, DONE, OF, PERCENT, BAR, NODE };

static const Column disk_columns[] = {
        [DISK] = { "DISK" },
        [DISK_STATE] = { "STATE" },
        [DONE] = { "DONE", COLUMN_RIGHT },
        [OF] = { "OF", COLUMN_RIGHT },
        [PERCENT] = { "%", COLUMN_RIGHT },
        [BAR] = { "" },
        [NODE] = { "NODE" },
};

static int print_disks(const Mirror *mirror, bool heads) {
        _cleanup_(table_freep) Table *table = NULL;
        int r;

        r = table_new(disk_columns, ARRAY_LEN(disk_columns), heads, &table);
        if (r < 0)
                return r;
        for (size_t i = 0; i < mirror->n_disks; i++) {
                const MirrorDisk *disk = mirror->disks + i;
                Row *row = table_add_row(table, NULL);
                char bar[3 * BAR_WIDTH + 1], size[FORMAT_SIZE_MAX];

                table_set(table, row, DISK, TONE_PLAIN, disk->name);
                table_set(table, row, DISK_STATE, mirror_tone(disk->state), disk->state);
                table_set(table, row, DONE, TONE_PLAIN, format_size(disk->n_done, size));
                table_set(table, row, OF, TONE_PLAIN, format_size(disk->n_total, size));
                table_setf(table, row, PERCENT, TONE_PLAIN, "%u", mirror_percent(disk));
                table_set(table, row, BAR, TONE_PLAIN, format_bar(disk, bar));
                table_set(table, row, NODE, TONE_PLAIN, disk->node);
        }

        return table_print(table);
}

int verb_mirror_show(Client *client) {
        _cleanup_(mirror_done) Mirror mirror = { 0 };
        _cleanup_(json_freep) Json *json = NULL;
        int r;

        r = client_connect(client);
        if (r == 0)
                r = mirror_load(client, client->args[0], &mirror);
        if (r != 0)
                return r;
        if (options_have(client->options, OPTION_JSON)) {
                json = mirror_to_json(&mirror);
                return json_print(json);
        }

        r = print_facts(&mirror);
        if (r != 0)
                return r;
        (void) puts("");
        return print_disks(&mirror, !options_have(client->options, OPTION_NO_LEGEND));
}

/* "vda 45 %, vdb 30 %, 812 MiB/s, 12 s left" */
static void show_progress(Progress *progress, const Mirror *mirror) {
        char text[1024] = "", size[FORMAT_SIZE_MAX], left[32];
        size_t used = 0;

        for (size_t i = 0; i < mirror->n_disks && used < sizeof text - 100; i++)
                used += (size_t) snprintf(text + used, sizeof text - used, "%s%s %u %%",
                                          i > 0 ? ", " : "", mirror->disks[i].name,
                                          mirror_percent(mirror->disks + i));
        if (mirror->rate > 0)
                used += (size_t) snprintf(text + used, sizeof text - used, ", %s/s",
                                          format_size(mirror->rate, size));
        if (*format_left(mirror, left))
                (void) snprintf(text + used, sizeof text - used, ", %s left", left);
        progress_show(progress, text);
}

static int report(const Mirror *mirror) {
        if (strcmp(mirror->state, "failed") == 0)
                return complain("Mirror %s has failed: %s", mirror->id, mirror->message);
        if (strcmp(mirror->state, "cancelled") == 0)
                return complain("Mirror %s was cancelled.", mirror->id);

        printf("Mirror %s is %s.\n", mirror->id, mirror->state);
        return 0;
}

/* Until it is ready, or has ended; signals of the bus only make it look sooner. */
int verb_mirror_wait(Client *client) {
        Progress progress = { .subject = client->args[0] };
        uint64_t timeout_usec, deadline_usec;
        int r;

        r = argument_timeout_option(client, WAIT_USEC, &timeout_usec);
        if (r == 0)
                r = client_connect(client);
        deadline_usec = now_usec() + timeout_usec;
        while (r == 0) {
                _cleanup_(mirror_done) Mirror mirror = { 0 };

                r = mirror_load(client, client->args[0], &mirror);
                if (r != 0)
                        break;
                if (mirror_has_ended(&mirror) || strcmp(mirror.state, "ready") == 0) {
                        progress_clear(&progress);
                        progress_done(&progress);
                        return report(&mirror);
                }
                if (now_usec() >= deadline_usec) {
                        progress_clear(&progress);
                        r = complain("Mirror %s is %s still.", mirror.id, mirror.state);
                        break;
                }
                show_progress(&progress, &mirror);
                r = sd_bus_wait(client->bus, LOOK_USEC) < 0 ? -EIO : 0;
        }

        progress_done(&progress);
        return r;
}

int verb_mirror_switch(Client *client) {
        return mirror_tell(client, client->args[0], "Switch", "switch over");
}

int verb_mirror_abort(Client *client) {
        return mirror_tell(client, client->args[0], "Abort", "abort");
}

int verb_mirror_forget(Client *client) {
        return mirror_tell(client, client->args[0], "Forget", "forget");
}

/* "100M", "1.5G", "0": what is behind the number is 1024s. */
static int parse_speed(const char *word, uint64_t *ret) {
        static const char units[] = "KMGT";
        const char *unit;
        double number;
        char *end;

        errno = 0;
        number = strtod(word, &end);
        unit = *end ? strchr(units, *end) : NULL;
        for (const char *u = units; unit && u <= unit; u++)
                number *= 1024;
        if (errno != 0 || end == word || number < 0 || number > 1e15 || (*end && !unit) ||
            (unit && end[1] != '\0'))
                return complain_usage(
                        "“%s” is not a speed: bytes a second, as in 100M or 1.5G, or 0 "
                        "for no limit.",
                        word);

        *ret = (uint64_t) number;
        return 0;
}

int verb_mirror_speed(Client *client) {
        uint64_t speed = 0;
        int r;

        r = parse_speed(client->args[1], &speed);
        return r != 0 ? r : mirror_tell_number(client, client->args[0], "SetSpeed", speed, "limit");
}
