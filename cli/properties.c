/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/properties.h"

#include <stdbool.h>
#include <string.h>

char **strv_free(char **strv) {
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
        return NULL;
}

size_t strv_length(char *const *strv) {
        size_t n = 0;

        while (strv && strv[n])
                n++;
        return n;
}

static int read_string(sd_bus_message *message, const char *type, char **ret) {
        const char *s;
        char *copy;
        int r;

        r = sd_bus_message_read(message, type, &s);
        if (r < 0)
                return r;

        copy = strdup(s);
        if (!copy)
                return -ENOMEM;

        free(*ret);
        *ret = copy;
        return 0;
}

static int read_strv(sd_bus_message *message, char ***ret) {
        char **strv;
        int r;

        r = sd_bus_message_read_strv(message, &strv);
        if (r < 0)
                return r;

        (void) strv_free(*ret);
        *ret = strv;
        return 0;
}

static int read_bool(sd_bus_message *message, bool *ret) {
        int value, r;

        r = sd_bus_message_read(message, "b", &value);
        if (r < 0)
                return r;

        *ret = value;
        return 0;
}

static int read_value(sd_bus_message *message, const Property *property, void *base) {
        void *field = (char *) base + property->offset;
        int r;

        r = sd_bus_message_enter_container(message, 'v', property->type);
        if (r < 0)
                return r;

        if (property->read) {
                r = property->read(message, base);
                return r < 0 ? r : sd_bus_message_exit_container(message);
        }

        switch (property->type[0]) {
        case 's':
        case 'o':
                r = read_string(message, property->type, field);
                break;
        case 'a':
                r = read_strv(message, field);
                break;
        case 'b':
                r = read_bool(message, field);
                break;
        default:
                r = sd_bus_message_read(message, property->type, field);
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

static const Property *find(const Property *table, size_t n, const char *name) {
        for (size_t i = 0; i < n; i++)
                if (strcmp(table[i].name, name) == 0)
                        return table + i;

        return NULL;
}

static int read_entry(sd_bus_message *message, const Property *table, size_t n, void *ret) {
        const Property *property;
        const char *name;
        int r;

        r = sd_bus_message_read(message, "s", &name);
        if (r < 0)
                return r;

        property = find(table, n, name);
        if (property)
                r = read_value(message, property, ret);
        else
                r = sd_bus_message_skip(message, "v");
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

int properties_read(sd_bus_message *message, const Property *table, size_t n, void *ret) {
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{sv}");
        if (r < 0)
                return r;

        while ((r = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
                r = read_entry(message, table, n, ret);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        return sd_bus_message_exit_container(message);
}

int properties_complete(const Property *table, size_t n, void *properties) {
        for (size_t i = 0; i < n; i++) {
                char **field = (char **) ((char *) properties + table[i].offset);

                if (!strchr("so", table[i].type[0]) || *field)
                        continue;
                *field = strdup("");
                if (!*field)
                        return -ENOMEM;
        }

        return 0;
}

void properties_done(const Property *table, size_t n, void *properties) {
        for (size_t i = 0; i < n; i++) {
                void *field = (char *) properties + table[i].offset;

                if (strchr("so", table[i].type[0])) {
                        free(*(char **) field);
                        *(char **) field = NULL;
                } else if (table[i].type[0] == 'a' && !table[i].read) {
                        (void) strv_free(*(char ***) field);
                        *(char ***) field = NULL;
                }
        }
}
