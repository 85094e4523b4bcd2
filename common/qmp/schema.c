/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/qmp/schema.h"

#include <string.h>

/* Members of members, and arrays of arrays, that are followed. */
#define STEPS_MAX 16

static bool is(const JsonValue *entry, const char *key, const char *value) {
        return strcmp(json_read_string(entry, key), value) == 0;
}

static const JsonValue *find(const JsonValue *schema, const char *name, const char *meta) {
        for (size_t i = 0; i < json_read_length(schema); i++) {
                const JsonValue *entry = json_read_item(schema, i);

                if (is(entry, "name", name) && (!meta || is(entry, "meta-type", meta)))
                        return entry;
        }

        return NULL;
}

bool schema_has_command(const JsonValue *schema, const char *command) {
        return find(schema, command, "command");
}

bool schema_has_event(const JsonValue *schema, const char *event) {
        return find(schema, event, "event");
}

static const JsonValue *find_in(const JsonValue *array, const char *key, const char *word) {
        for (size_t i = 0; i < json_read_length(array); i++)
                if (is(json_read_item(array, i), key, word))
                        return json_read_item(array, i);

        return NULL;
}

/* The type of a member, or of the variant that a value of the tag chooses. "" for none. */
static const char *step(const JsonValue *type, const char *word) {
        const JsonValue *entry;

        entry = find_in(json_read_array(type, "members"), "name", word);
        if (!entry)
                entry = find_in(json_read_array(type, "variants"), "case", word);

        return json_read_string(entry, "type");
}

/* The type that a dotted path of members leads to; NULL when there is no such path. */
static const JsonValue *follow(const JsonValue *schema, const char *command, const char *path) {
        const JsonValue *entry = find(schema, command, "command");
        const JsonValue *type = find(schema, json_read_string(entry, "arg-type"), NULL);

        for (unsigned i = 0; type && *path; i++) {
                size_t length = strcspn(path, ".");
                char word[64];

                if (length >= sizeof word || i == STEPS_MAX)
                        return NULL;
                memcpy(word, path, length);
                word[length] = '\0';
                type = find(schema, step(type, word), NULL);
                path += length + (path[length] == '.');
        }

        return type;
}

bool schema_has_argument(const JsonValue *schema, const char *command, const char *member) {
        return follow(schema, command, member);
}

/* Since 6.2 values are objects with features; before, and still, there is a list of names. */
bool schema_has_value(const JsonValue *schema, const char *command, const char *member,
                      const char *value) {
        const JsonValue *type = follow(schema, command, member);
        const JsonValue *values = json_read_array(type, "values");

        if (find_in(json_read_array(type, "members"), "name", value))
                return true;
        for (size_t i = 0; i < json_read_length(values); i++)
                if (strcmp(json_read_text(json_read_item(values, i)), value) == 0)
                        return true;

        return false;
}
