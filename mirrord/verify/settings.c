/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mirrord/verify/settings.h"

#include <string.h>

#define SECTION "Verify"

typedef struct Parsed {
        SettingsParsed common; /* first: the other keys' parsers know only this */
        unsigned sample;
        uint32_t settle_msec;
} Parsed;

void verify_settings_done(VerifySettings *settings) {
        settings_done(&settings->link);
}

static bool parse_number(const char *value, uint32_t least, uint32_t most, uint32_t *ret) {
        unsigned long number;

        if (value[0] == '\0' || strlen(value) > 9 || strspn(value, "0123456789") != strlen(value))
                return false;
        number = strtoul(value, NULL, 10);
        *ret = (uint32_t) number;

        return number >= least && number <= most;
}

static int parse_sample(const char *value, unsigned line, void *userdata, ConfError *error) {
        if (parse_number(value, 1, 100, &((Parsed *) userdata)->sample))
                return 0;

        return conf_error(error, line, "Sample is a percentage, from 1 to 100");
}

static int parse_settle(const char *value, unsigned line, void *userdata, ConfError *error) {
        if (parse_number(value, VERIFY_SETTLE_MSEC_MIN, VERIFY_SETTLE_MSEC_MAX,
                         &((Parsed *) userdata)->settle_msec))
                return 0;

        return conf_error(error, line, "Settle is in milliseconds, from %d to %d",
                          VERIFY_SETTLE_MSEC_MIN, VERIFY_SETTLE_MSEC_MAX);
}

static const ConfKey keys[] = {
        { SECTION, "Sample", false, parse_sample },
        { SECTION, "Settle", false, parse_settle },
};

static int refuse(const char *path, const char *why, Parsed *parsed,
                  char words[static RELAY_WORDS_MAX]) {
        (void) snprintf(words, RELAY_WORDS_MAX, "%.150s: %s", path, why);
        settings_done(&parsed->common.settings);
        return -EINVAL;
}

int verify_settings_read(const char *path, VerifySettings *ret,
                         char words[static RELAY_WORDS_MAX]) {
        Parsed parsed = {
                .common = {
                        .settings.tls = RELAY_PSK,
                        .section = SECTION,
                        .socket_key = "Export",
                },
                .sample = 100,
                .settle_msec = VERIFY_SETTLE_MSEC,
        };
        int r;

        r = settings_read_section(path, keys, ARRAY_LEN(keys), &parsed.common, words);
        if (r < 0)
                return r;
        if (parsed.common.settings.name[0] == '\0')
                return refuse(path, "Name is needed", &parsed, words);
        if (parsed.common.settings.limit > 0 && parsed.common.settings.limit < VERIFY_LIMIT_MIN)
                return refuse(path, "Limit is 0 or at least 1048576", &parsed, words);

        *ret = (VerifySettings){
                .link = parsed.common.settings,
                .sample = parsed.sample,
                .settle_msec = parsed.settle_msec,
        };
        return 0;
}
