/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lunwatch/usage/use.h"

#include "common/escape.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static void use_done(Use *use) {
        free(use->object);
        free(use->device);
        free(use->words);
}

void use_list_done(UseList *uses) {
        for (size_t i = 0; i < uses->n; i++)
                use_done(uses->items + i);
        free(uses->items);
        *uses = (UseList){ 0 };
}

static bool has(const UseList *uses, const Use *use) {
        for (size_t i = 0; i < uses->n; i++)
                if (uses->items[i].kind == use->kind &&
                    strcmp(uses->items[i].object, use->object) == 0 &&
                    strcmp(uses->items[i].device, use->device) == 0)
                        return true;

        return false;
}

/* Takes the use over in any case. */
static int add(UseList *uses, Use *use) {
        Use *items;

        if (!use->object || !use->device || !use->words) {
                use_done(use);
                return -ENOMEM;
        }
        (void) escape_in_place(use->object);
        (void) escape_in_place(use->device);
        (void) escape_in_place(use->words);
        if (has(uses, use)) {
                use_done(use);
                return 0;
        }

        items = reallocarray(uses->items, uses->n + 1, sizeof *items);
        if (!items) {
                use_done(use);
                return -ENOMEM;
        }
        uses->items = items;
        uses->items[uses->n++] = *use;
        return 1;
}

int use_list_add(UseList *uses, const char *kind, const char *object, const char *device,
                 const char *format, ...) {
        char *words = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&words, format, ap) < 0)
                words = NULL;
        va_end(ap);

        return add(uses, &(Use){ kind, strdup(object), strdup(device), words });
}
