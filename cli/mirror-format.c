/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/mirror-format.h"

#include "cli/complain.h"
#include "cli/format.h"

#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <time.h>

/* What a double holds to the byte. */
#define BYTES_MAX 9007199254740992.0

int mirror_parse_bytes(const char *word, uint64_t *ret) {
        static const char units[] = "KMGT";
        size_t n_digits = strspn(word, "0123456789.");
        const char *unit;
        double number;
        char *end;

        if (n_digits == 0 || *word == '.')
                return -EINVAL;
        number = strtod(word, &end);
        if (end != word + n_digits)
                return -EINVAL;
        unit = *end ? strchr(units, *end) : NULL;
        if (*end && (!unit || end[1] != '\0'))
                return -EINVAL;
        for (const char *u = units; unit && u <= unit; u++)
                number *= 1024;
        if (number > BYTES_MAX || number != (double) (uint64_t) number)
                return -EINVAL;

        *ret = (uint64_t) number;
        return 0;
}

int mirror_parse_speed(const char *word, uint64_t *ret) {
        if (mirror_parse_bytes(word, ret) < 0)
                return complain_usage("“%s” is not a speed: bytes a second, as in 100M or 1.5G, or "
                                      "0 for no limit.",
                                      word);

        return 0;
}

const char *mirror_format_eta(uint64_t usec, char ret[static MIRROR_TEXT_MAX]) {
        static const struct {
                uint64_t seconds;
                const char *name;
        } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
        uint64_t seconds = usec / 1000000 + (usec % 1000000 > 0);
        size_t i = 0;

        if (usec == 0)
                return strcpy(ret, "now");
        if (usec == UINT64_MAX)
                return strcpy(ret, "-");

        while (seconds < units[i].seconds)
                i++;
        if (i + 1 < ARRAY_LEN(units) && seconds % units[i].seconds >= units[i + 1].seconds)
                (void) snprintf(ret, MIRROR_TEXT_MAX, "%" PRIu64 " %s %" PRIu64 " %s",
                                seconds / units[i].seconds, units[i].name,
                                seconds % units[i].seconds / units[i + 1].seconds,
                                units[i + 1].name);
        else
                (void) snprintf(ret, MIRROR_TEXT_MAX, "%" PRIu64 " %s", seconds / units[i].seconds,
                                units[i].name);
        return ret;
}

const char *mirror_format_bytes(uint64_t bytes, char ret[static MIRROR_TEXT_MAX]) {
        return bytes == 0 ? strcpy(ret, "0 B") : format_size(bytes, ret);
}

unsigned mirror_percent(uint64_t n_done, uint64_t n_total) {
        if (n_total == 0)
                return 0;
        if (n_done >= n_total)
                return 100;

        return (unsigned) ((double) n_done * 100 / (double) n_total);
}

unsigned mirror_disk_percent(const MirrorDisk *disk) {
        if (disk->n_total == 0 &&
            (strcmp(disk->state, "ready") == 0 || strcmp(disk->state, "done") == 0))
                return 100;

        return mirror_percent(disk->n_done, disk->n_total);
}

const char *mirror_format_bar(unsigned percent, char ret[static 3 * MIRROR_BAR_WIDTH + 1]) {
        unsigned filled = percent * MIRROR_BAR_WIDTH / 100;
        char *to = ret;

        for (unsigned i = 0; i < MIRROR_BAR_WIDTH; i++, to += 3)
                memcpy(to, i < filled ? "█" : "░", 3);
        *to = '\0';
        return ret;
}

const char *mirror_format_time(uint64_t usec, char ret[static MIRROR_TEXT_MAX]) {
        time_t seconds = (time_t) (usec / 1000000);
        struct tm tm;

        if (usec == 0 || !localtime_r(&seconds, &tm) ||
            strftime(ret, MIRROR_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                return strcpy(ret, "-");
        return ret;
}

const char *mirror_format_user(const Client *client, uint32_t uid,
                               char ret[static MIRROR_TEXT_MAX]) {
        const struct passwd *user = NULL;

        if (!client->options->value[OPTION_HOST])
                user = getpwuid(uid);
        if (user)
                (void) snprintf(ret, MIRROR_TEXT_MAX, "%s", user->pw_name);
        else
                (void) snprintf(ret, MIRROR_TEXT_MAX, "%" PRIu32, uid);
        return ret;
}

const char *mirror_format_state(const Mirror *mirror, char ret[static MIRROR_TEXT_MAX]) {
        (void) snprintf(ret, MIRROR_TEXT_MAX, "%s%s", mirror->state,
                        mirror->paused && !mirror_has_ended(mirror) ? " (paused)" : "");
        return ret;
}

Tone mirror_tone(const char *state) {
        static const char *const good[] = { "ready", "done", "listening", "kept" };
        static const char *const faint[] = { "cancelled", "removed" };

        for (size_t i = 0; i < ARRAY_LEN(good); i++)
                if (strcmp(state, good[i]) == 0)
                        return TONE_GOOD;
        for (size_t i = 0; i < ARRAY_LEN(faint); i++)
                if (strcmp(state, faint[i]) == 0)
                        return TONE_FAINT;

        return strcmp(state, "failed") == 0 ? TONE_BAD : TONE_WAITING;
}
