/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/watch-memory.h"

#include "cli/string-list.h"

#include <search.h>
#include <string.h>

/* Keys are compared from where they are in a Known. */
static int compare(const void *a, const void *b) {
        return strcmp(((const Known *) a)->key, ((const Known *) b)->key);
}

static Known *known_new(const char *key, const char *image, size_t size) {
        size_t key_size = strlen(key) + 1;
        Known *known;

        known = malloc(sizeof *known + key_size + size);
        if (!known)
                return NULL;

        *known = (Known){ .size = size };
        memcpy(known->key, key, key_size);
        known->image = known->key + key_size;
        if (size > 0)
                memcpy(known->image, image, size);
        return known;
}

Known *memory_find(const Memory *memory, const char *key) {
        _cleanup_free_ Known *wanted = known_new(key, NULL, 0);
        Known *const *node;

        node = wanted ? tfind(wanted, &memory->root, compare) : NULL;
        return node ? *node : NULL;
}

Known *memory_put(Memory *memory, const char *key, const char *image, size_t size) {
        _cleanup_free_ Known *known = known_new(key, image, size);
        Known **node;

        if (!known)
                return NULL;
        known->epoch = memory->epoch;

        node = tsearch(known, &memory->root, compare);
        if (!node)
                return NULL;
        if (*node != known) {
                free(*node);
                *node = known;
        }

        return TAKE_PTR(known);
}

void memory_forget(Memory *memory, const char *key) {
        Known *known = memory_find(memory, key);

        if (!known)
                return;
        (void) tdelete(known, &memory->root, compare);
        free(known);
}

void memory_begin(Memory *memory) {
        memory->epoch++;
}

void memory_touch(const Memory *memory, Known *known) {
        known->epoch = memory->epoch;
}

typedef struct Sweep {
        unsigned epoch;
        Known **old;
        size_t n_old;
        bool is_incomplete;
} Sweep;

static void collect(const void *node, VISIT visit, void *userdata) {
        Known *known = *(Known *const *) node, **old;
        Sweep *sweep = userdata;

        if ((visit != postorder && visit != leaf) || known->epoch == sweep->epoch)
                return;
        old = grow(sweep->old, sweep->n_old, sizeof(Known *));
        if (!old) {
                sweep->is_incomplete = true;
                return;
        }
        sweep->old = old;
        old[sweep->n_old++] = known;
}

int memory_sweep(Memory *memory, int (*gone)(const Known *known, void *userdata), void *userdata) {
        Sweep sweep = { .epoch = memory->epoch };
        int r = 0;

        twalk_r(memory->root, collect, &sweep);
        for (size_t i = 0; i < sweep.n_old; i++) {
                if (r >= 0)
                        r = gone(sweep.old[i], userdata);
                (void) tdelete(sweep.old[i], &memory->root, compare);
                free(sweep.old[i]);
        }
        free(sweep.old);

        return r >= 0 && sweep.is_incomplete ? -ENOMEM : r;
}

void memory_done(Memory *memory) {
        tdestroy(memory->root, free);
        memory->root = NULL;
}
