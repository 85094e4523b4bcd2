/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * JSON from another program, which may be anything: parsed within limits, and read without trust.
 * What is missing or of another type reads as the default. Writing JSON is cli/json.h's.
 */

#include "common/cleanup.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct json_object JsonValue;

/* Enough for most. */
#define JSON_DEPTH_MAX 16

/*
 * size bytes of text. -EBADMSG for what is no JSON object or array, is followed by something else
 * than blanks, or is nested deeper than depth_max. The caller bounds the size.
 */
int json_read(const char *text, size_t size, int depth_max, JsonValue **ret);
JsonValue *json_read_free(JsonValue *value);
DEFINE_CLEANUP(JsonValue *, json_read_free);

/* NULL for a NULL object, a missing key, or another type. They live as long as the whole. */
const JsonValue *json_read_object(const JsonValue *object, const char *key);
const JsonValue *json_read_array(const JsonValue *object, const char *key);
size_t json_read_length(const JsonValue *array); /* 0 for NULL */
const JsonValue *json_read_item(const JsonValue *array, size_t i);

/*
 * "" when there is no such string, or when it has a NUL inside. It may hold anything else: to be
 * escaped (escape.h) before somebody sees it.
 */
const char *json_read_string(const JsonValue *object, const char *key);

/* The same of the value itself, an item of an array. */
const char *json_read_text(const JsonValue *value);

/* fallback when there is no such number, or when it is negative. */
uint64_t json_read_number(const JsonValue *object, const char *key, uint64_t fallback);

bool json_read_bool(const JsonValue *object, const char *key, bool fallback);
