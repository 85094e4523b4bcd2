/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/guest/command.h"

#include "common/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* What a command has to say for itself, after "ok" or "error". */
typedef struct Answer {
        char text[256];
} Answer;

typedef struct Command {
        const char *word;
        int (*run)(Guest *guest, char **arguments, Answer *answer);
} Command;

static void lock_all(Guest *guest) {
        for (size_t i = 0; i < guest->n_disks; i++)
                writer_lock(guest->writers + i);
}

static void unlock_all(Guest *guest) {
        for (size_t i = 0; i < guest->n_disks; i++)
                writer_unlock(guest->writers + i);
}

static int say(Answer *answer, int r, const char *format, ...) _printf_(3, 4);
static int say(Answer *answer, int r, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(answer->text, sizeof answer->text, format, ap);
        va_end(ap);
        return r;
}

static Disk *find_disk(Guest *guest, const char *name) {
        for (size_t i = 0; name && i < guest->n_disks; i++)
                if (strcmp(guest->disks[i].name, name) == 0)
                        return guest->disks + i;

        return NULL;
}

static int run_status(Guest *guest, char **arguments, Answer *answer) {
        WriterStatus all = { 0 };

        for (size_t i = 0; i < guest->n_disks; i++) {
                WriterStatus status = writer_status(guest->writers + i);

                all.n_writes += status.n_writes;
                all.n_bytes += status.n_bytes;
                all.n_errors += status.n_errors;
                all.gap_usec = status.gap_usec > all.gap_usec ? status.gap_usec : all.gap_usec;
        }

        return say(answer, 0,
                   "disks=%zu writes=%" PRIu64 " bytes=%" PRIu64 " errors=%" PRIu64
                   " gap_ms=%" PRIu64,
                   guest->n_disks, all.n_writes, all.n_bytes, all.n_errors, all.gap_usec / 1000);
}

static int run_gap(Guest *guest, char **arguments, Answer *answer) {
        for (size_t i = 0; i < guest->n_disks; i++)
                writer_forget_gap(guest->writers + i);

        return 0;
}

static int run_rate(Guest *guest, char **arguments, Answer *answer) {
        const char *text = strtok_r(NULL, " ", arguments);
        char *end = NULL;
        unsigned long kbytes = text ? strtoul(text, &end, 10) : 0;

        if (!text || end == text || *end || kbytes > 1000000)
                return say(answer, -EINVAL, "rate needs kilobytes a second, at most 1000000");

        guest->rate = kbytes * 1000;
        lock_all(guest);
        for (size_t i = 0; i < guest->n_disks; i++)
                writer_set_rate(guest->writers + i, guest->rate / guest->n_disks);
        unlock_all(guest);
        return 0;
}

static int run_fill(Guest *guest, char **arguments, Answer *answer) {
        int r = 0;

        lock_all(guest);
        for (size_t i = 0; i < guest->n_disks && r >= 0; i++)
                r = disk_fill(guest->disks + i);
        unlock_all(guest);
        return r < 0 ? say(answer, r, "cannot fill: %s", strerror(-r)) : 0;
}

static int run_check(Guest *guest, char **arguments, Answer *answer) {
        DiskReport report = { 0 };

        lock_all(guest);
        for (size_t i = 0; i < guest->n_disks; i++)
                disk_check(guest->disks + i, &report);
        unlock_all(guest);
        return say(answer, 0, "checked=%" PRIu64 " unknown=%" PRIu64 " bad=%" PRIu64,
                   report.n_checked, report.n_unknown, report.n_bad);
}

static int run_scan(Guest *guest, char **arguments, Answer *answer) {
        DiskReport report = { 0 };

        lock_all(guest);
        for (size_t i = 0; i < guest->n_disks; i++)
                disk_scan(guest->disks + i, &report);
        unlock_all(guest);
        return say(answer, 0, "whole=%" PRIu64 " torn=%" PRIu64, report.n_checked, report.n_bad);
}

/* -EINVAL for anything but pairs of hex digits. */
static int parse_hex(const char *text, uint8_t *ret, size_t max, size_t *ret_size) {
        size_t n = strlen(text) / 2;

        if (n == 0 || n > max || strlen(text) != 2 * n ||
            strspn(text, "0123456789abcdefABCDEF") != 2 * n)
                return -EINVAL;
        for (size_t i = 0; i < n; i++) {
                const char digits[] = { text[2 * i], text[2 * i + 1], '\0' };

                ret[i] = (uint8_t) strtoul(digits, NULL, 16);
        }

        *ret_size = n;
        return 0;
}

static int run_put(Guest *guest, char **arguments, Answer *answer) {
        Disk *disk = find_disk(guest, strtok_r(NULL, " ", arguments));
        const char *text = strtok_r(NULL, " ", arguments);
        uint8_t bytes[BLOCK_BYTES];
        size_t size = 0;
        int r;

        if (!disk || !text || parse_hex(text, bytes, sizeof bytes, &size) < 0)
                return say(answer, -EINVAL,
                           "put needs the name of a disk and at most %d bytes in hex", BLOCK_BYTES);

        lock_all(guest);
        r = disk_put(disk, bytes, size);
        unlock_all(guest);
        return r < 0 ? say(answer, r, "cannot write: %s", strerror(-r)) : 0;
}

static int run_off(Guest *guest, char **arguments, Answer *answer) {
        for (size_t i = 0; i < guest->n_disks; i++)
                writer_end(guest->writers + i);
        for (size_t i = 0; i < guest->n_disks; i++)
                (void) disk_flush(guest->disks + i);

        return 1;
}

static const Command commands[] = {
        { "check", run_check }, { "fill", run_fill },     { "gap", run_gap },
        { "off", run_off },     { "put", run_put },       { "rate", run_rate },
        { "scan", run_scan },   { "status", run_status },
};

static int dispatch(Guest *guest, const char *word, char **arguments, Answer *answer) {
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                if (strcmp(commands[i].word, word) == 0)
                        return commands[i].run(guest, arguments, answer);

        return say(answer, -EINVAL, "there is no command %.40s", word);
}

bool command_run(Guest *guest, char *line, FILE *out) {
        Answer answer = { 0 };
        char *arguments = NULL;
        const char *tag = strtok_r(line, " ", &arguments), *word = strtok_r(NULL, " ", &arguments);
        int r;

        if (!tag || !word)
                return false;
        r = dispatch(guest, word, &arguments, &answer);
        fprintf(out, "%s %s%s%s\n", tag, r < 0 ? "error" : "ok", *answer.text ? " " : "",
                answer.text);
        (void) fflush(out);
        return r > 0;
}
