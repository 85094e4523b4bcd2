/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json-read.h"

#include <json.h>
#include <limits.h>
#include <string.h>

int json_read(const char *text, size_t size, int depth_max, JsonValue **ret) {
        struct json_tokener *tokener;
        struct json_object *value;
        bool is_whole;

        if (size > INT_MAX)
                return -EBADMSG;
        tokener = json_tokener_new_ex(depth_max);
        if (!tokener)
                return -ENOMEM;

        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        value = json_tokener_parse_ex(tokener, text, (int) size);
        is_whole = json_tokener_get_error(tokener) == json_tokener_success;
        for (size_t i = json_tokener_get_parse_end(tokener); is_whole && i < size; i++)
                is_whole = strchr(" \t\r\n", text[i]) != NULL;
        json_tokener_free(tokener);

        if (!is_whole || (!json_object_is_type(value, json_type_object) &&
                          !json_object_is_type(value, json_type_array))) {
                (void) json_object_put(value);
                return -EBADMSG;
        }

        *ret = value;
        return 0;
}

JsonValue *json_read_free(JsonValue *value) {
        (void) json_object_put(value);
        return NULL;
}

static const JsonValue *find(const JsonValue *object, const char *key, enum json_type type) {
        struct json_object *value;

        if (!object || !json_object_is_type(object, json_type_object) ||
            !json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, type))
                return NULL;

        return value;
}

const JsonValue *json_read_object(const JsonValue *object, const char *key) {
        return find(object, key, json_type_object);
}

const JsonValue *json_read_array(const JsonValue *object, const char *key) {
        return find(object, key, json_type_array);
}

size_t json_read_length(const JsonValue *array) {
        return array && json_object_is_type(array, json_type_array)
                       ? json_object_array_length(array)
                       : 0;
}

const JsonValue *json_read_item(const JsonValue *array, size_t i) {
        return i < json_read_length(array) ? json_object_array_get_idx(array, i) : NULL;
}

const char *json_read_text(const JsonValue *value) {
        const char *text;

        if (!value || !json_object_is_type(value, json_type_string))
                return "";
        text = json_object_get_string((struct json_object *) value);

        return strlen(text) == (size_t) json_object_get_string_len(value) ? text : "";
}

const char *json_read_string(const JsonValue *object, const char *key) {
        return json_read_text(find(object, key, json_type_string));
}

uint64_t json_read_number(const JsonValue *object, const char *key, uint64_t fallback) {
        const JsonValue *value = find(object, key, json_type_int);
        int64_t number;

        if (!value)
                return fallback;
        number = json_object_get_int64(value);

        return number < 0 ? fallback : (uint64_t) number;
}

bool json_read_bool(const JsonValue *object, const char *key, bool fallback) {
        const JsonValue *value = find(object, key, json_type_boolean);

        return value ? json_object_get_boolean((struct json_object *) value) : fallback;
}
