/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/json.h"

#include <json-c/json.h>

static bool incomplete = false;

static Json *checked(Json *json) {
        if (!json)
                incomplete = true;
        return json;
}

Json *json_new_object(void) {
        return checked(json_object_new_object());
}

Json *json_new_array(void) {
        return checked(json_object_new_array());
}

Json *json_free(Json *json) {
        (void) json_object_put(json);
        return NULL;
}

void json_set(Json *object, const char *key, Json *child) {
        if (!object || json_object_object_add(object, key, child) < 0) {
                (void) json_object_put(child);
                incomplete = true;
        }
}

void json_append(Json *array, Json *child) {
        if (!array || json_object_array_add(array, child) < 0) {
                (void) json_object_put(child);
                incomplete = true;
        }
}

void json_set_string(Json *object, const char *key, const char *value) {
        if (!value || *value == '\0')
                json_set(object, key, NULL);
        else
                json_set(object, key, checked(json_object_new_string(value)));
}

void json_set_number(Json *object, const char *key, uint64_t value) {
        json_set(object, key, checked(json_object_new_uint64(value)));
}

void json_set_bool(Json *object, const char *key, bool value) {
        json_set(object, key, checked(json_object_new_boolean(value)));
}

void json_append_string(Json *array, const char *value) {
        json_append(array, checked(json_object_new_string(value)));
}

static int print(const Json *json, int flags) {
        const char *text;

        if (incomplete)
                return -ENOMEM;

        /* Not changed by it; the library only keeps the text inside the object. */
        text = json_object_to_json_string_ext((Json *) json, flags);
        if (!text)
                return -ENOMEM;

        errno = 0;
        if (puts(text) < 0 || fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;

        return 0;
}

int json_print(const Json *json) {
        return print(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                   JSON_C_TO_STRING_NOSLASHESCAPE);
}

int json_print_line(const Json *json) {
        return print(json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
