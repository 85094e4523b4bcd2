/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON for other programs. The home of json-c in this command; which keys there are is decided
 * where the things are printed. Keys are string literals in snake_case and never change meaning.
 *
 * Building cannot fail half-way: what there was no memory for is remembered, and json_print() says
 * so instead of printing something incomplete.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct json_object Json;

Json *json_new_object(void);
Json *json_new_array(void);
Json *json_free(Json *json);
DEFINE_CLEANUP(Json *, json_free);

/* NULL and "" become null: they stand for what is not there. */
void json_set_string(Json *object, const char *key, const char *value);
void json_set_number(Json *object, const char *key, uint64_t value);
void json_set_bool(Json *object, const char *key, bool value);

/* Takes the child over; NULL becomes null. */
void json_set(Json *object, const char *key, Json *child);
void json_append(Json *array, Json *child);
void json_append_string(Json *array, const char *value);

/* On stdout, over several lines for objects as a whole, or as one line. -ENOMEM, or of writing. */
int json_print(const Json *json);
int json_print_line(const Json *json);
