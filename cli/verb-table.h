/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Which verbs there are, what they take, and how they are explained. Runs nothing.
 */

#include "cli/client.h"

#include <stddef.h>

typedef struct Verb {
        const char *noun;
        const char *name;     /* "" where the noun is all there is: npivot doctor */
        const char *synopsis; /* the words after the verb */
        const char *about;    /* one line */
        unsigned min_args;
        unsigned max_args;
        OptionSet options; /* besides OPTIONS_ALWAYS */
        int (*run)(Client *client);
} Verb;

#define ARGS_ANY 4096

/* NULL when there is none. A NULL name is the noun's first verb: list. */
const Verb *verb_find(const char *noun, const char *name);
bool verb_noun_is_known(const char *noun);

/* Is the noun all there is to say? What follows it are the verb's words. */
bool verb_is_alone(const Verb *verb);

/* What there is, for messages. */
#define VERB_NOUNS "hba, vhba, lun, map, mirror, target, trace and doctor"

/* "list, show, …", to be freed; NULL without memory. */
char *verb_names(const char *noun);

/* On stdout: all of it, a noun's verbs, or one verb with its options. */
void verb_help_all(void);
void verb_help_noun(const char *noun);
void verb_help(const Verb *verb);
