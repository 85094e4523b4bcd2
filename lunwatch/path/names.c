/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/path/names.h"

#include "common/cleanup.h"
#include "common/wwn.h"
#include "lunwatch/path/table.h"

#include <string.h>
#include <strings.h>

typedef struct Name {
        TableNode node;
        uint64_t number;
        char text[];
} Name;

static Table by_text;
static Name **names; /* number N is at N - 1 */
static size_t n_names, n_allocated;

static Name *find(const char *text) {
        TableNode *node = table_first(&by_text, hash_bytes(text, strlen(text)));

        for (; node; node = table_next(node)) {
                Name *name = table_owner(node, Name, node);

                if (strcmp(name->text, text) == 0)
                        return name;
        }

        return NULL;
}

static int reserve(void) {
        size_t n = n_allocated ? 2 * n_allocated : 16;
        Name **more;

        if (table_prepare(&by_text) < 0)
                return -ENOMEM;
        if (n_names < n_allocated)
                return 0;

        more = reallocarray(names, n, sizeof *more);
        if (!more)
                return -ENOMEM;
        names = more;
        n_allocated = n;
        return 0;
}

uint64_t name_find(const char *text) {
        const Name *name = find(text);

        return name ? name->number : 0;
}

uint64_t name_intern(const char *text) {
        size_t length = strlen(text);
        Name *name = find(text);

        if (name)
                return name->number;
        if (length == 0 || length > NAME_LENGTH_MAX || n_names == NAMES_MAX || reserve() < 0)
                return 0;

        name = malloc(sizeof *name + length + 1);
        if (!name)
                return 0;
        memcpy(name->text, text, length + 1);
        name->number = n_names + 1;
        table_add(&by_text, &name->node, hash_bytes(text, length));
        names[n_names++] = name;

        return name->number;
}

const char *name_text(uint64_t name) {
        return name > 0 && name <= n_names ? names[name - 1]->text : "";
}

int port_parse(const char *s, Port *ret) {
        static const char *const types[] = { "iqn.", "eui.", "naa." };
        uint64_t name;
        Wwn wwn;

        if (wwn_parse(s, &wwn) >= 0) {
                *ret = (Port){ PATH_FC, wwn };
                return 0;
        }

        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (strncasecmp(s, types[i], strlen(types[i])) == 0 && s[strlen(types[i])]) {
                        name = name_find(s);
                        *ret = (Port){ PATH_ISCSI, name ? name : NAME_NOBODY };
                        return 0;
                }

        return -EINVAL;
}
