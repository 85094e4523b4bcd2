/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/arguments.h"

#include <json.h>

struct QmpArguments {
        struct json_object *json;
        bool is_incomplete;
};

QmpArguments *qmp_arguments_new(void) {
        QmpArguments *arguments = calloc(1, sizeof *arguments);

        if (!arguments)
                return NULL;
        arguments->json = json_object_new_object();
        if (arguments->json)
                return arguments;

        free(arguments);
        return NULL;
}

QmpArguments *qmp_arguments_free(QmpArguments *arguments) {
        if (!arguments)
                return NULL;

        (void) json_object_put(arguments->json);
        free(arguments);
        return NULL;
}

/* Takes the value over. */
static void add(QmpArguments *arguments, const char *key, struct json_object *value) {
        if (arguments && value && json_object_object_add(arguments->json, key, value) >= 0)
                return;

        (void) json_object_put(value);
        if (arguments)
                arguments->is_incomplete = true;
}

void qmp_arguments_string(QmpArguments *arguments, const char *key, const char *value) {
        add(arguments, key, json_object_new_string(value));
}

void qmp_arguments_number(QmpArguments *arguments, const char *key, int64_t value) {
        add(arguments, key, json_object_new_int64(value));
}

void qmp_arguments_bool(QmpArguments *arguments, const char *key, bool value) {
        add(arguments, key, json_object_new_boolean(value));
}

/* json-c's null is NULL, which add() would take for missing memory. */
void qmp_arguments_null(QmpArguments *arguments, const char *key) {
        if (arguments && json_object_object_add(arguments->json, key, NULL) < 0)
                arguments->is_incomplete = true;
}

/* What is in the child, which is freed. NULL when something is missing in it. */
static struct json_object *take(QmpArguments *child) {
        struct json_object *json = NULL;

        if (child && !child->is_incomplete)
                json = json_object_get(child->json);
        (void) qmp_arguments_free(child);
        return json;
}

void qmp_arguments_object(QmpArguments *arguments, const char *key, QmpArguments *child) {
        add(arguments, key, take(child));
}

static void append(QmpArguments *arguments, const char *key, struct json_object *value) {
        struct json_object *array;

        if (!arguments || !value) {
                (void) json_object_put(value);
                if (arguments)
                        arguments->is_incomplete = true;
                return;
        }
        if (!json_object_object_get_ex(arguments->json, key, &array)) {
                array = json_object_new_array();
                add(arguments, key, array);
        }
        if (arguments->is_incomplete || json_object_array_add(array, value) < 0) {
                (void) json_object_put(value);
                arguments->is_incomplete = true;
        }
}

void qmp_arguments_append(QmpArguments *arguments, const char *key, QmpArguments *child) {
        append(arguments, key, take(child));
}

void qmp_arguments_append_string(QmpArguments *arguments, const char *key, const char *value) {
        append(arguments, key, json_object_new_string(value));
}

const char *qmp_arguments_text(QmpArguments *arguments) {
        if (!arguments || arguments->is_incomplete)
                return NULL;

        return json_object_to_json_string_ext(
                arguments->json, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}
