/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The arguments of a command, as JSON. What there was no memory for is remembered, so that a
 * command is never sent with half of them.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct QmpArguments QmpArguments;

QmpArguments *qmp_arguments_new(void);
QmpArguments *qmp_arguments_free(QmpArguments *arguments);
DEFINE_CLEANUP(QmpArguments *, qmp_arguments_free);

/* NULL for the arguments is that of a new() without memory: nothing happens. */
void qmp_arguments_string(QmpArguments *arguments, const char *key, const char *value);
void qmp_arguments_number(QmpArguments *arguments, const char *key, int64_t value);
void qmp_arguments_bool(QmpArguments *arguments, const char *key, bool value);
void qmp_arguments_null(QmpArguments *arguments, const char *key);
/* Takes the child over. */
void qmp_arguments_object(QmpArguments *arguments, const char *key, QmpArguments *child);
/* Adds an object to an array that is made for the first one. */
void qmp_arguments_append(QmpArguments *arguments, const char *key, QmpArguments *child);
void qmp_arguments_append_string(QmpArguments *arguments, const char *key, const char *value);

/* Of one line, without a newline; lives as long as the arguments. NULL: memory was missing. */
const char *qmp_arguments_text(QmpArguments *arguments);
