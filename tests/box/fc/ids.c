/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>

#include "ids.h"

unsigned ids_take(Ids *ids) {
        unsigned char *more;
        size_t i = 0;

        while (i < ids->n && ids->taken[i])
                i++;

        if (i == ids->n) {
                more = realloc(ids->taken, ids->n + 64);
                if (!more)
                        abort();
                memset(more + ids->n, 0, 64);
                ids->taken = more;
                ids->n += 64;
        }

        ids->taken[i] = 1;
        return (unsigned) i;
}

void ids_give(Ids *ids, unsigned id) {
        ids->taken[id] = 0;
}
