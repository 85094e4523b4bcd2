/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The words of a command and what they stand for. Refuses anything that is not wholly what it
 * should be; the caller says so in words.
 */

#include "fabric.h"

#define ARGUMENTS_MAX 64

/* Cuts a line at its blanks; changes it. -E2BIG: more than ARGUMENTS_MAX words. */
int argument_split(char *line, char *ret_words[static ARGUMENTS_MAX], size_t *ret_n);

/* -EINVAL: not a number; -ERANGE: not between min and max. */
int argument_parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *ret);
/* "on" or "off". */
int argument_parse_switch(const char *word, bool *ret);
/* "reject", "takeover" or "allow". */
int argument_parse_policy(const char *word, DuplicatePolicy *ret);

/*
 * A link by its number, its name (an interface, or a stream's socket if only one link came
 * through it), the MAC of the host on it, or a port name logged in through it. -ENOENT: no such
 * link; -ENOTUNIQ: several.
 */
int argument_find_link(const Fabric *fabric, const char *word, Link **ret);
