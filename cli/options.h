/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The command line: options wherever they stand, and the words that are left. What an option means
 * is the verb's business; whether a verb takes it is checked here.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum Option {
        OPTION_HELP,
        OPTION_VERSION,
        OPTION_HOST,
        OPTION_JSON,
        OPTION_NO_LEGEND,
        OPTION_TREE,
        OPTION_PARENT,
        OPTION_EXPECT,
        OPTION_SYMBOLIC_NAME,
        OPTION_TIMEOUT,
        OPTION_REPLACE,
        OPTION_ENABLE,
        OPTION_START,
        OPTION_NOW,
        OPTION_FORCE,
        OPTION_NO_WAIT,
        OPTION_ROLE,
        OPTION_WWNN,
        OPTION_INITIATOR,
        OPTION_TARGET,
        OPTION_WWID,
        OPTION_VHBA,
        OPTION_TRANSPORT,
        OPTION_QUARANTINED,
        OPTION_VIEW,
        OPTION_SOURCE,
        OPTION_PATHS,
        OPTION_MAP,
        OPTION_GONE,
        OPTION_KIND,
        OPTION_READY,
        OPTION_WAIT,
        OPTION_REMOVE,
        OPTION_DISK,
        OPTION_MONITOR,
        OPTION_TO,
        OPTION_ADDRESS,
        OPTION_PORTS,
        OPTION_PORT,
        OPTION_KEY_FILE,
        OPTION_ID,
        OPTION_SPEED,
        OPTION_VERIFY,
        OPTION_COPY_MODE,
        OPTION_CONVERGE,
        OPTION_SYNC,
        OPTION_BITMAP,
        OPTION_RETRIES,
        OPTION_STALL,
        OPTION_TLS,
        OPTION_CERTIFICATES,
        OPTION_PEER_NAME,
        OPTION_OWN_NAME,
        _OPTION_MAX,
} Option;

typedef uint64_t OptionSet;
#define OPTION_BIT(option) (UINT64_C(1) << (option))

/* Every verb takes these. */
#define OPTIONS_ALWAYS \
        (OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION) | OPTION_BIT(OPTION_HOST))

typedef struct Options {
        OptionSet given;
        const char *value[_OPTION_MAX]; /* the last one given, for those that take a value */
        const char **expect;            /* every --expect, in order */
        size_t n_expect;
        const char **disk; /* every --disk, in order */
        size_t n_disk;
        char **words; /* what is no option */
        size_t n_words;
} Options;

/*
 * Sorts argv: words move to its end. 0, or EXIT_USAGE after a complaint. The strings stay argv's.
 */
int options_parse(int argc, char *argv[], Options *ret);

void options_done(Options *options);

static inline bool options_have(const Options *options, Option option) {
        return options->given & OPTION_BIT(option);
}

/* The name of the first option that was given but is not in the set, or NULL. */
const char *options_find_alien(const Options *options, OptionSet set);

/* "--no-wait", the word for its value or NULL, and one sentence about it. */
const char *option_name(Option option);
const char *option_value_name(Option option);
const char *option_about(Option option);

/* Seconds, as in TimeoutSec= ("90"), or with a unit ("90s", "2min"). -EINVAL, -ERANGE. */
int timeout_parse(const char *s, uint64_t *ret_usec);
